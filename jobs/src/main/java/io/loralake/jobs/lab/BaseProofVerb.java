package io.loralake.jobs.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.jobs.options.Bounds;
import io.loralake.lab.BaseProof;
import io.loralake.lab.LabPicture;
import io.loralake.lab.PictureClassifier;
import io.loralake.lab.PictureShards;
import io.loralake.lab.Style;
import io.loralake.model.Weights;
import io.loralake.output.ContactSheet;
import io.loralake.safetensors.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Shows what the base can paint: {@code base-prompts.png} is a contact sheet of 32 prompts, {@code
 * base.jsonl} says how often a painted picture belongs to the subject that was asked for.
 */
@Command(
    name = "base-proof",
    description = "Paints 32 prompts, and measures how often the subject is the one asked for.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class BaseProofVerb implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int COLUMNS = 8;
  private static final int SIDE = 96;
  private static final int SEEDS = 2;
  private static final double[] GUIDANCES = {1, 2, 3, 4, 5};

  @Mixin private ProofOptions options;

  @Option(
      names = "--classifier",
      paramLabel = "FILE",
      defaultValue = "tests/lab/classifier.safetensors",
      description = "Of lab train-classifier. Default: ${DEFAULT-VALUE}.")
  private Path classifierFile;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Bounds.requireWritable(spec, "--out", options.out, options.out.resolve("base.jsonl"));
    final ModelFolder folder = options.folder();
    try (BaseModel model = ProofOptions.load(folder);
        Weights weights = PictureClassifier.load(classifierFile, model.manager())) {
      final BaseProof proof = new BaseProof(model, new PictureClassifier(weights));
      sheet(proof, folder.sampling());
      AtomicFile.writeLines(options.out.resolve("base.jsonl"), lines(proof, folder.sampling()));
    }
    return 0;
  }

  private List<String> lines(final BaseProof proof, final SamplingDefaults sampling)
      throws IOException {
    final List<LabPicture> plain =
        PictureShards.readAll(options.pictures).stream()
            .filter(picture -> picture.facts().style().equals(Style.PLAIN.id()))
            .filter(picture -> picture.facts().subject() != null)
            .toList();
    final List<LabPicture> kept = plain.stream().filter(p -> p.facts().kept()).toList();
    final List<LabPicture> trained = plain.stream().filter(p -> !p.facts().kept()).toList();
    final List<String> lines = new ArrayList<>();
    tell(lines, "real pictures, kept", 0, proof.real(kept));
    for (final double guidance : GUIDANCES) {
      final SamplingDefaults guided =
          new SamplingDefaults(
              sampling.width(), sampling.height(), sampling.steps(), sampling.guidance(), guidance);
      tell(
          lines,
          "painted, captions of training pictures",
          guidance,
          proof.painted(trained, guided));
      tell(lines, "painted, captions of kept pictures", guidance, proof.painted(kept, guided));
    }
    return lines;
  }

  private void tell(
      final List<String> lines,
      final String set,
      final double guidance,
      final BaseProof.Result result) {
    final String line =
        JSON.createObjectNode()
            .put("set", set)
            .put("true_guidance", guidance)
            .put("pictures", result.pictures())
            .put("subject_top1", result.subjectTop1())
            .put("style_top1", result.styleTop1())
            .put("nearest_top1", result.nearestTop1())
            .toString();
    lines.add(line);
    final PrintWriter console = spec.commandLine().getOut();
    console.println(line);
  }

  private void sheet(final BaseProof proof, final SamplingDefaults sampling) throws IOException {
    final List<String> prompts =
        BaseProof.prompts().stream()
            .flatMap(prompt -> Collections.nCopies(SEEDS, prompt).stream())
            .toList();
    final List<BufferedImage> painted = proof.paint(prompts, sampling);
    final ContactSheet sheet = new ContactSheet(COLUMNS, SIDE, 2);
    for (int i = 0; i < prompts.size(); i++) {
      sheet.add(painted.get(i), prompts.get(i));
    }
    sheet.write(options.out.resolve("base-prompts.png"));
  }
}
