package io.loralake.jobs.probes;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.ActivationProbe;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.FluxPipeline;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.PictureRequest;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.ModelOptions;
import io.loralake.jobs.options.Size;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Records the mean activation that enters each block layer while the base model paints some
 * prompts. Writes a safetensors file, layer name -> (1, d_in), for {@code index --probes}; prompts,
 * size, steps, guidance and seed stand in its metadata. The same options give the same file.
 */
@Command(
    name = "probes",
    description = "Records the base model's mean activations: the best probe set for an index.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ProbesVerb implements Callable<Integer> {
  private static final int MAX_STEPS = 1000;
  private static final int DEFAULT_SIDE = 512;

  @Mixin private ModelOptions modelOptions;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The safetensors file to write.")
  private Path out;

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description = "Text file with one prompt a line. Default: 16 that come with LoraLake.")
  private Path promptFile;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      converter = Size.Converter.class,
      description =
          "Width and height in pixels up to 4096, multiples of 16 (the lab: 8). Default: 512x512,"
              + " or what the folder's sampling.json says where that is smaller.")
  private Size size;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "8",
      description =
          "Euler steps, 1 to 1000: each is one timestep at which activations are taken. Default:"
              + " ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description = "Guidance input of the model, 0 to 100. Default: sampling.json's, else 3.5.")
  private Double guidance;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Seed of the first prompt's noise; each prompt adds 1. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    require(steps >= 1 && steps <= MAX_STEPS, "--steps", steps, "a number from 1 to " + MAX_STEPS);
    final List<String> prompts = prompts();
    require(!prompts.isEmpty(), "--prompts", promptFile, "a file with at least one line");
    require(!Files.isDirectory(out), "--out", out, "the name of a file");
    Bounds.requireApart(spec, "--out", out, "--prompts", promptFile);
    final ModelFolder folder = modelOptions.folder();
    complete(folder);
    Bounds.requireWritable(spec, "--out", out, out);

    final ActivationProbe probe = new ActivationProbe(LayerTable.of(folder.transformerConfig()));
    final PrintWriter err = spec.commandLine().getErr();
    try (BaseModel model = modelOptions.load(folder, size.width(), size.height(), err)) {
      for (int i = 0; i < prompts.size(); i++) {
        record(model, prompts.get(i), seed + i, probe);
        err.printf("prompt %d/%d%n", i + 1, prompts.size());
      }
    }
    SafetensorsWriter.write(out, probe.tensors(), metadata(prompts));
    spec.commandLine().getOut().println("wrote " + out);
    return 0;
  }

  /** Fills in from the folder what the options leave open. */
  private void complete(final ModelFolder folder) {
    final SamplingDefaults defaults = folder.sampling();
    if (size == null) {
      size =
          new Size(
              Math.min(DEFAULT_SIDE, defaults.width()), Math.min(DEFAULT_SIDE, defaults.height()));
    }
    if (guidance == null) {
      guidance = defaults.guidance();
    }
    require(guidance >= 0 && guidance <= 100, "--guidance", guidance, "a number from 0 to 100");
    final int granularity = folder.granularity();
    require(size.fits(granularity), "--size", size, Size.allowed(granularity));
  }

  private void record(
      final BaseModel model,
      final String prompt,
      final long noiseSeed,
      final ActivationProbe probe) {
    final PictureRequest request =
        new PictureRequest(prompt, "", noiseSeed, size.width(), size.height(), steps, guidance, 1);
    final FluxPipeline pipeline = model.pipeline();
    pipeline.latents(model.manager(), List.of(request), probe, (step, all) -> {}).close();
  }

  private Map<String, String> metadata(final List<String> prompts) throws IOException {
    final Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("kind", "mean_activation");
    metadata.put("model", modelOptions.name());
    metadata.put("prompts", new ObjectMapper().writeValueAsString(prompts));
    metadata.put("size", size.toString());
    metadata.put("steps", String.valueOf(steps));
    metadata.put("guidance", String.valueOf(guidance));
    metadata.put("seed", String.valueOf(seed));
    metadata.put("dtype", modelOptions.precision().toString());
    return metadata;
  }

  private List<String> prompts() throws IOException {
    if (promptFile == null) {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  ProbesVerb.class.getResourceAsStream("probe_prompts.txt"),
                  StandardCharsets.UTF_8))) {
        return filled(lines.lines());
      }
    }
    require(Files.isRegularFile(promptFile), "--prompts", promptFile, "an existing text file");
    try (Stream<String> lines = Files.lines(promptFile)) {
      return filled(lines);
    } catch (final UncheckedIOException e) {
      throw new IllegalArgumentException(promptFile + " is no UTF-8 text: " + e.getMessage(), e);
    }
  }

  private static List<String> filled(final Stream<String> lines) {
    return lines
        .map(line -> line.replace("\ufeff", "").strip())
        .filter(line -> !line.isEmpty())
        .toList();
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }
}
