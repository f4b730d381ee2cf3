package io.loralake.jobs;

import ai.djl.ndarray.NDArray;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.FluxPipeline;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.PictureRequest;
import io.loralake.diffusion.Preflight;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.fusion.Strategy;
import io.loralake.jobs.runtime.Bounds;
import io.loralake.model.LayerTable;
import io.loralake.output.Pictures;
import io.loralake.output.Png;
import io.loralake.output.Settings;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.ComputeDevice;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Paints one picture. Reads a base model and adapter files, writes a PNG whose {@code parameters}
 * text chunk says how to make it again; the same options give the same picture bit for bit on the
 * same device. Nothing is written when anything fails.
 */
@Command(
    name = "paint",
    description = "Paints one picture from a prompt, with adapters applied at run time.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PaintVerb implements Callable<Integer> {
  private static final int MAX_SIDE = 4096;
  private static final int MAX_STEPS = 1000;
  private static final double MAX_GUIDANCE = 100;

  @Mixin private ModelOptions modelOptions;

  @Option(
      names = "--prompt",
      required = true,
      paramLabel = "TEXT",
      description =
          "What to paint. CLIP reads 77 tokens, T5 512 (FLUX.1-schnell 256); what is beyond is cut"
              + " with a warning.")
  private String prompt;

  @Option(
      names = "--adapter",
      paramLabel = "FILE[:SCALE]",
      converter = AdapterOption.Converter.class,
      description = "LoRA file and what to multiply its update by (default 1). May be repeated.")
  private List<AdapterOption> adapters = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of the noise, any 64-bit integer. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      defaultValue = "1024x1024",
      converter = Size.Converter.class,
      description =
          "Width and height in pixels, multiples of 16 up to 4096. Default: ${DEFAULT-VALUE}.")
  private Size size;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "28",
      description =
          "Euler steps, 1 to 1000; FLUX.1-schnell needs only 4. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      defaultValue = "3.5",
      description =
          "Guidance input of the model, 0 to 100; models without one ignore it. Default:"
              + " ${DEFAULT-VALUE}.")
  private double guidance;

  @Option(
      names = "--cfg",
      paramLabel = "G",
      defaultValue = "1",
      description =
          "Scale of classifier-free guidance, 0 to 100; anything but 1 evaluates the model twice a"
              + " step. Default: ${DEFAULT-VALUE}, which is off.")
  private double trueGuidance;

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
    checkBounds();
    final PrintWriter err = spec.commandLine().getErr();
    final ModelFolder folder = modelOptions.folder();
    checkSize(2 * folder.autoEncoderConfig().downsampling());
    if (preflight) {
      final long available = ComputeDevice.available(modelOptions.device());
      print(new Preflight(folder, modelOptions.precision()).describe(available));
      return 0;
    }
    if (prompt.isBlank()) {
      err.println("warning: --prompt is empty, the picture will show whatever the noise suggests");
      err.flush();
    }
    try (BaseModel model = modelOptions.load(folder, size.width(), size.height(), err);
        AdapterFusion fusion = fusion(model)) {
      final PictureRequest request =
          new PictureRequest(
              prompt,
              negativePrompt,
              seed,
              size.width(),
              size.height(),
              steps,
              guidance,
              trueGuidance);
      final NDArray image =
          model.pipeline().generate(model.manager(), List.of(request), fusion, progress(err));
      final Map<String, String> text = Map.of(Settings.KEYWORD, settings(request));
      Png.write(out, Pictures.of(image.get(0)), text);
    }
    print("wrote " + out);
    return 0;
  }

  /** The adapters of the command line, added up. */
  private AdapterFusion fusion(final BaseModel model) throws IOException {
    final LayerTable table = LayerTable.of(model.transformer().config());
    final AdapterLoader loader = new AdapterLoader(table, modelOptions.precision());
    final List<ScaledAdapter> loaded = new ArrayList<>();
    try {
      for (final AdapterOption adapter : adapters) {
        try (SafetensorsFile file = SafetensorsFile.open(adapter.file())) {
          final String id = adapter.file().toString();
          loaded.add(new ScaledAdapter(loader.load(id, file, model.manager()), adapter.scale()));
        }
      }
      return AdapterFusion.prepare(model.manager(), List.of(loaded), Strategy.SUM);
    } finally {
      loaded.forEach(term -> term.adapter().close());
    }
  }

  private String settings(final PictureRequest request) {
    final Map<String, String> more = new LinkedHashMap<>();
    more.put("Model", modelOptions.name());
    if (!adapters.isEmpty()) {
      more.put(
          "Adapters",
          adapters.stream()
              .map(adapter -> adapter.file().getFileName() + ":" + adapter.scale())
              .collect(Collectors.joining(" ")));
    }
    more.put("Precision", modelOptions.precision().toString());
    more.put("Version", "LoraLake " + Version.current());
    return Settings.of(request, more);
  }

  private static FluxPipeline.Progress progress(final PrintWriter err) {
    final long start = System.nanoTime();
    return (step, steps) -> {
      err.printf(
          Locale.ROOT, "step %d/%d  %.1f s%n", step, steps, (System.nanoTime() - start) / 1e9);
      err.flush();
    };
  }

  private void checkBounds() {
    require(steps >= 1 && steps <= MAX_STEPS, "--steps", steps, "a number from 1 to " + MAX_STEPS);
    require(
        guidance >= 0 && guidance <= MAX_GUIDANCE,
        "--guidance",
        guidance,
        "a number from 0 to 100");
    require(
        trueGuidance >= 0 && trueGuidance <= MAX_GUIDANCE,
        "--cfg",
        trueGuidance,
        "a number from 0 to 100");
    require(!Files.isDirectory(out), "--out", out, "the name of a file");
    for (final AdapterOption adapter : adapters) {
      require(Files.isRegularFile(adapter.file()), "--adapter", adapter.file(), "an existing file");
    }
  }

  private void checkSize(final int granularity) {
    final boolean fits =
        size.width() % granularity == 0
            && size.height() % granularity == 0
            && Math.min(size.width(), size.height()) > 0
            && Math.max(size.width(), size.height()) <= MAX_SIDE;
    require(fits, "--size", size, "WxH in multiples of " + granularity + " up to " + MAX_SIDE);
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }

  private void print(final String text) {
    spec.commandLine().getOut().println(text);
    spec.commandLine().getOut().flush();
  }
}
