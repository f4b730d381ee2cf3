package io.loralake.jobs.paint;

import static java.util.Objects.requireNonNullElse;

import ai.djl.ndarray.NDArray;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.FluxPipeline;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.PictureRequest;
import io.loralake.diffusion.Preflight;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.FusionConfig;
import io.loralake.fusion.FusionSample;
import io.loralake.fusion.GateArtifact;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.Strategy;
import io.loralake.jobs.generate.output.PictureRecord;
import io.loralake.jobs.generate.paint.Repainting;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.FusionOptions;
import io.loralake.jobs.options.ModelOptions;
import io.loralake.jobs.options.Size;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.jobs.runtime.Version;
import io.loralake.model.LayerTable;
import io.loralake.output.Pictures;
import io.loralake.output.Png;
import io.loralake.output.Settings;
import io.loralake.safetensors.AtomicFile;
import io.loralake.source.FileStore;
import io.loralake.tensor.ComputeDevice;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Paints one picture. Reads a base model and adapter files, writes a PNG whose {@code parameters}
 * text chunk says how to make it again; the same options give the same picture bit for bit on the
 * same device. Spark starts only where a catalog is asked for adapters. Nothing is written when
 * anything fails.
 */
@Command(
    name = "paint",
    description = "Paints one picture from a prompt, with adapters applied at run time.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PaintVerb implements Callable<Integer> {
  private static final int MAX_STEPS = 1000;
  private static final double MAX_GUIDANCE = 100;

  @Mixin private ModelOptions modelOptions;

  @Option(
      names = "--from-json",
      paramLabel = "FILE",
      description =
          "Make a picture of 'generate' again from the JSON beside it, instead of --prompt: the"
              + " same bytes on the same kind of device. Of the other options only --base,"
              + " --device, --gates and --out are read. Default: none.")
  private Path fromJson;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description =
          "What to paint. CLIP reads 77 tokens, T5 512 (FLUX.1-schnell 256), the lab's MiniLM 12;"
              + " what is beyond is cut with a warning.")
  private String prompt;

  @Mixin private AdapterOptions adapterOptions;

  @Mixin private FusionOptions fusionOptions;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of the noise, any 64-bit integer. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      converter = Size.Converter.class,
      description =
          "Width and height in pixels up to 4096, multiples of 16 (the lab: 8). Default: what the"
              + " folder's sampling.json says, else 1024x1024.")
  private Size size;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "Euler steps, 1 to 1000. Default: sampling.json's, else 28, for FLUX.1-schnell 4.")
  private Integer steps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description =
          "Guidance input of the model, 0 to 100; models without one ignore it. Default:"
              + " sampling.json's, else 3.5.")
  private Double guidance;

  @Option(
      names = "--cfg",
      paramLabel = "G",
      description =
          "Scale of classifier-free guidance, 0 to 100; anything but 1 evaluates the model twice a"
              + " step. Default: sampling.json's, else 1, which is off.")
  private Double trueGuidance;

  @Option(
      names = "--negative-prompt",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "What classifier-free guidance leads away from. Default: the empty prompt.")
  private String negativePrompt;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The PNG to write.")
  private Path out;

  @Option(
      names = "--preflight",
      description = "Only say what memory the model needs by size and batch, and stop.")
  private boolean preflight;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    checkFiles();
    final PrintWriter err = spec.commandLine().getErr();
    if (fromJson != null) {
      repaint(err);
      print("wrote " + out);
      return 0;
    }
    final ModelFolder folder = modelOptions.folder();
    final PictureRequest request = request(folder);
    if (preflight) {
      final long available = ComputeDevice.available(modelOptions.device());
      print(new Preflight(folder, modelOptions.precision()).describe(available));
      return 0;
    }
    if (prompt.isBlank()) {
      err.println("warning: --prompt is empty, the picture will show whatever the noise suggests");
    }
    final Optional<GateArtifact> gates = fusionOptions.gates();
    final FusionConfig config =
        fusionOptions.config(gates, LayerTable.of(folder.transformerConfig()));
    final AdapterOptions.Chosen adapters = adapterOptions.choose(prompt);
    gates.ifPresent(it -> it.requireEncoder(adapters.encoder()));
    try (BaseModel model = modelOptions.load(folder, request.width(), request.height(), err);
        AdapterFusion fusion = fusion(model, adapters, strategy(folder, model, config, gates))) {
      final NDArray image =
          model.pipeline().generate(model.manager(), List.of(request), fusion, progress(err));
      if (!Float.isFinite(image.sum().getFloat())) {
        throw new IllegalArgumentException(
            "The picture has NaN or infinity; nothing was written"
                + folder.notFinite().map("; "::concat).orElse(""));
      }
      final Map<String, String> text =
          Map.of(Settings.KEYWORD, settings(request, adapters, config));
      Png.write(out, Pictures.of(image.get(0)), text);
    }
    print("wrote " + out);
    return 0;
  }

  private static Strategy strategy(
      final ModelFolder folder,
      final BaseModel model,
      final FusionConfig config,
      final Optional<GateArtifact> gates)
      throws IOException {
    return config.strategy(
        gates.isEmpty()
            ? null
            : gates
                .get()
                .open(
                    model.manager(),
                    GateLayout.of(LayerTable.of(model.transformer().config())),
                    folder.transformerFingerprint()));
  }

  private AdapterFusion fusion(
      final BaseModel model, final AdapterOptions.Chosen adapters, final Strategy strategy)
      throws IOException {
    final LayerTable table = LayerTable.of(model.transformer().config());
    final FusionSample sample =
        adapters.load(new AdapterLoader(table, modelOptions.precision()), model.manager());
    try {
      return AdapterFusion.of(model.manager(), List.of(sample), strategy);
    } finally {
      sample.adapters().forEach(term -> term.adapter().close());
    }
  }

  private String settings(
      final PictureRequest request,
      final AdapterOptions.Chosen adapters,
      final FusionConfig config) {
    final Map<String, String> more = new LinkedHashMap<>();
    more.put("Model", modelOptions.name());
    if (!adapters.isEmpty()) {
      more.put("Adapters", adapters.describe());
      more.put("Fusion", config.toJson());
    }
    more.put("Precision", modelOptions.precision().toString());
    more.put("Version", "LoraLake " + Version.current());
    return Settings.of(request, more);
  }

  private static FluxPipeline.Progress progress(final PrintWriter err) {
    final long start = System.nanoTime();
    return (step, steps) ->
        err.printf(
            Locale.ROOT, "step %d/%d  %.1f s%n", step, steps, (System.nanoTime() - start) / 1e9);
  }

  /** The picture that the options ask for; what they leave open is the folder's to say. */
  private PictureRequest request(final ModelFolder folder) {
    final SamplingDefaults defaults = folder.sampling();
    final Size pixels = requireNonNullElse(size, new Size(defaults.width(), defaults.height()));
    final int count = requireNonNullElse(steps, defaults.steps());
    final double input = requireNonNullElse(guidance, defaults.guidance());
    final double scale = requireNonNullElse(trueGuidance, defaults.trueGuidance());
    require(count >= 1 && count <= MAX_STEPS, "--steps", count, "a number from 1 to " + MAX_STEPS);
    require(input >= 0 && input <= MAX_GUIDANCE, "--guidance", input, "a number from 0 to 100");
    require(scale >= 0 && scale <= MAX_GUIDANCE, "--cfg", scale, "a number from 0 to 100");
    final int granularity = folder.granularity();
    require(pixels.fits(granularity), "--size", pixels, Size.allowed(granularity));
    return new PictureRequest(
        prompt, negativePrompt, seed, pixels.width(), pixels.height(), count, input, scale);
  }

  private void repaint(final PrintWriter err) throws IOException {
    modelOptions.folder();
    final PictureRecord picture = Repainting.read(fromJson);
    require(
        picture.fusion().gates() == null || fusionOptions.gates().isPresent(),
        "--gates",
        "not given",
        "the gates " + picture.fusion().gates());
    requireEnding(picture.extension());
    final Configuration hadoop = new Configuration();
    final byte[] file =
        new Repainting(
                modelOptions.path(),
                modelOptions.device(),
                new FileStore(hadoop),
                SiteAccess.alone(hadoop),
                AdapterFiles.sharedFolder(),
                warning -> err.println("warning: " + warning))
            .paint(picture, picture.fusion().gates() == null ? null : fusionOptions.gatesPath());
    AtomicFile.write(out, partial -> Files.write(partial, file));
  }

  private void checkFiles() {
    require(
        (prompt == null) != (fromJson == null),
        "--prompt, --from-json",
        prompt == null ? "none of them" : "both",
        "one of them");
    require(
        fromJson == null || Files.isRegularFile(fromJson),
        "--from-json",
        fromJson,
        "an existing file");
    require(!Files.isDirectory(out), "--out", out, "the name of a file");
    if (prompt != null) {
      requireEnding("png");
    }
    adapterOptions.check();
    Bounds.requireWritable(spec, "--out", out, out);
  }

  private void requireEnding(final String extension) {
    require(
        out.toString().toLowerCase(Locale.ROOT).endsWith("." + extension),
        "--out",
        out,
        "a name that ends in ." + extension);
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }

  private void print(final String text) {
    spec.commandLine().getOut().println(text);
  }
}
