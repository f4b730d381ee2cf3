package io.loralake.jobs.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.PictureRequest;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.fusion.Strategy;
import io.loralake.jobs.options.Bounds;
import io.loralake.lab.LabPicture;
import io.loralake.lab.PictureShards;
import io.loralake.lab.ZooAdapter;
import io.loralake.lab.ZooProof;
import io.loralake.lab.ZooTruth;
import io.loralake.model.Fusion;
import io.loralake.output.ContactSheet;
import io.loralake.output.Pictures;
import io.loralake.safetensors.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Proves that the zoo's adapters do what they are for: {@code zoo.jsonl} has the flow loss on kept
 * pictures with and without each, {@code zoo-summary.json} the means, {@code zoo.png} pictures of
 * the base beside those of base and adapter.
 */
@Command(
    name = "zoo-proof",
    description = "Measures each adapter of the zoo on kept pictures, and shows some at work.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ZooProofVerb implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SIDE = 64;
  private static final int ROW = 4; // adapters in a row of the sheet, three pictures each

  @Mixin private ProofOptions options;

  @Option(
      names = "--zoo",
      paramLabel = "DIR",
      defaultValue = "tests/lab/zoo",
      description = "The adapters. Default: ${DEFAULT-VALUE}.")
  private Path zoo;

  @Option(
      names = "--truth",
      paramLabel = "FILE",
      defaultValue = "tests/lab/truth.jsonl",
      description = "The truth table. Default: ${DEFAULT-VALUE}.")
  private Path truth;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "48",
      description = "Adapters on the sheet; 0: no sheet. Default: ${DEFAULT-VALUE}.")
  private int samples;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Bounds.requireWritable(spec, "--out", options.out, options.out.resolve("zoo.jsonl"));
    final List<ZooAdapter> adapters = ZooTruth.read(truth);
    final PrintWriter console = spec.commandLine().getOut();
    final ModelFolder folder = options.folder();
    try (BaseModel model = ProofOptions.load(folder)) {
      final ZooProof proof = new ZooProof(model, zoo, PictureShards.readAll(options.pictures));
      final List<ZooProof.Result> results = new ArrayList<>();
      for (final ZooAdapter adapter : adapters) {
        results.add(proof.judge(adapter));
      }
      AtomicFile.writeLines(
          options.out.resolve("zoo.jsonl"), results.stream().map(ZooProofVerb::line).toList());
      final String summary = summary(results).toPrettyString();
      AtomicFile.writeText(options.out.resolve("zoo-summary.json"), summary + "\n");
      console.println(summary);
      if (samples > 0) {
        sheet(model, folder.sampling(), proof, ZooProof.samples(adapters, samples));
      }
    }
    return 0;
  }

  private static String line(final ZooProof.Result result) {
    return JSON.createObjectNode()
        .put("file", result.file())
        .put("style", result.style())
        .put("subject", result.subject())
        .put("kind", result.kind())
        .put("base_loss", rounded(result.baseLoss()))
        .put("loss", rounded(result.loss()))
        .toString();
  }

  private static ObjectNode summary(final List<ZooProof.Result> results) {
    final ObjectNode json = means(results);
    final Map<String, List<ZooProof.Result>> kinds =
        results.stream()
            .collect(
                Collectors.groupingBy(ZooProof.Result::kind, TreeMap::new, Collectors.toList()));
    final ObjectNode byKind = json.putObject("by_kind");
    kinds.forEach((kind, list) -> byKind.set(kind, means(list)));
    final Map<String, List<ZooProof.Result>> styles =
        results.stream()
            .filter(result -> result.kind().equals(ZooAdapter.FULL))
            .collect(
                Collectors.groupingBy(ZooProof.Result::style, TreeMap::new, Collectors.toList()));
    final ObjectNode byStyle = json.putObject("full_by_style");
    styles.forEach((style, list) -> byStyle.set(style, means(list)));
    return json;
  }

  private static ObjectNode means(final List<ZooProof.Result> results) {
    final double before =
        results.stream().mapToDouble(ZooProof.Result::baseLoss).average().orElse(Double.NaN);
    final double after =
        results.stream().mapToDouble(ZooProof.Result::loss).average().orElse(Double.NaN);
    final long improved = results.stream().filter(ZooProof.Result::improves).count();
    return JSON.createObjectNode()
        .put("adapters", results.size())
        .put("base_loss", rounded(before))
        .put("loss", rounded(after))
        .put("mean_drop", rounded(before - after))
        .put("share_improved", rounded((double) improved / results.size()));
  }

  private static double rounded(final double value) {
    return Math.round(value * 1e4) / 1e4;
  }

  /** For each adapter: a kept picture, the base's, and the base's with the adapter. */
  private void sheet(
      final BaseModel model,
      final SamplingDefaults sampling,
      final ZooProof proof,
      final List<ZooAdapter> adapters)
      throws IOException {
    final ContactSheet sheet = new ContactSheet(3 * ROW, SIDE, 2);
    for (int i = 0; i < adapters.size(); i++) {
      final ZooAdapter adapter = adapters.get(i);
      final List<LabPicture> kept = proof.keptPictures(adapter);
      final LabPicture picture = kept.get(i % kept.size());
      final PictureRequest request =
          new PictureRequest(
              picture.facts().captions().get(1),
              "",
              i,
              LabPicture.SIDE,
              LabPicture.SIDE,
              sampling.steps(),
              sampling.guidance(),
              sampling.trueGuidance());
      sheet.add(picture.image(), picture.facts().captions().get(0));
      sheet.add(paint(model, request, Fusion.NONE), "base");
      try (NDManager manager = model.manager().newSubManager();
          LoadedAdapter loaded = proof.load(adapter, manager);
          AdapterFusion fusion =
              AdapterFusion.prepare(
                  manager, List.of(List.of(new ScaledAdapter(loaded, 1))), Strategy.SUM)) {
        sheet.add(paint(model, request, fusion), "with adapter");
      }
    }
    sheet.write(options.out.resolve("zoo.png"));
  }

  private static BufferedImage paint(
      final BaseModel model, final PictureRequest request, final Fusion fusion) {
    try (NDManager manager = model.manager().newSubManager()) {
      final NDArray image =
          model.pipeline().generate(manager, List.of(request), fusion, (step, steps) -> {});
      return Pictures.of(image.get(0));
    }
  }
}
