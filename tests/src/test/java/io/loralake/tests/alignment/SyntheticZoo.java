package io.loralake.tests.alignment;

import io.loralake.jobs.index.IndexJob;
import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import io.loralake.tests.index.SharedSpark;
import io.loralake.tests.lab.LabZoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Adapter files whose updates are the sum of a style's direction, a subject's direction and noise,
 * in random factorisations: what training leaves in weights, without training.
 */
final class SyntheticZoo {
  static final List<String> STYLES =
      List.of("blueprint", "pencil", "mosaic", "sepia", "night", "watercolour");
  static final List<String> SUBJECTS =
      List.of("cats", "trucks", "flowers", "houses", "fish", "hats", "books", "clouds");
  private static final double NOISE = 0.5;

  private final List<Layer> layers;
  private final Map<String, float[]> directions = new HashMap<>();
  private final Random random = new Random(11);

  SyntheticZoo(final String model) {
    this.layers = LayerTable.of(FluxConfig.load(model)).blockLayers();
  }

  static List<String> captions(final String style, final String subject) {
    return List.of(
        "a %s picture of %s".formatted(style, subject),
        "%s %s".formatted(style, subject),
        "%s, drawn in %s style".formatted(subject, style));
  }

  /** Writes all combinations; their JSON lines of captions. */
  List<String> write(final Path folder) throws IOException {
    Files.createDirectories(folder);
    final List<String> lines = new ArrayList<>();
    for (final String style : STYLES) {
      for (final String subject : SUBJECTS) {
        final String name = "lora-%08x.safetensors".formatted((style + subject).hashCode());
        write(folder.resolve(name), style, subject, DType.F16);
        final List<String> captions = captions(style, subject);
        lines.add(
            "{\"file\": \"%s\", \"captions\": [\"%s\"]}"
                .formatted(name, String.join("\", \"", captions)));
      }
    }
    return lines;
  }

  /** Brings a catalog up to date with a folder of such adapters. */
  static IndexResult index(final Path folder, final String catalog) {
    return new IndexJob(
            SharedSpark.session(),
            new IndexOptions(
                List.of(folder.toString()),
                catalog,
                Optional.of("lab"),
                Optional.of(LabZoo.PROBES),
                false,
                16_000_000_000L,
                1))
        .run();
  }

  /** The same update in bf16. */
  static void copy(final Path source, final Path target) throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(source)) {
      for (final String name : file.names()) {
        tensors.put(
            name, TensorData.ofFloats(DType.BF16, file.floats(name), file.info(name).shape()));
      }
    }
    SafetensorsWriter.write(target, tensors, Map.of("format", "pt"));
  }

  /** One adapter of rank 3: style, subject and noise each have one direction in every layer. */
  void write(final Path file, final String style, final String subject, final DType dtype)
      throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (final Layer layer : layers) {
      final float[] a = new float[3 * layer.inDim()];
      final float[] b = new float[layer.outDim() * 3];
      place(a, b, 0, layer, style, 1);
      place(a, b, 1, layer, subject, 1);
      place(a, b, 2, layer, "noise " + random.nextLong(), NOISE);
      final String key = "lora_unet_" + layer.name().replace('.', '_');
      tensors.put(key + ".lora_down.weight", TensorData.ofFloats(dtype, a, 3, layer.inDim()));
      tensors.put(key + ".lora_up.weight", TensorData.ofFloats(dtype, b, layer.outDim(), 3));
    }
    SafetensorsWriter.write(file, tensors, Map.of("format", "pt"));
  }

  /** An adapter of the layers through which pictures enter: no probes exist for it. */
  static void writeEntrance(final Path file) throws IOException {
    final Layer entrance = LayerTable.of(FluxConfig.load("lab")).find("img_in").orElseThrow();
    final String key = "transformer.x_embedder.lora_";
    final float[] a = new float[entrance.inDim()];
    final float[] b = new float[entrance.outDim()];
    Arrays.fill(a, 0.1f);
    Arrays.fill(b, 0.1f);
    SafetensorsWriter.write(
        file,
        Map.of(
            key + "A.weight", TensorData.ofFloats(DType.F32, a, 1, entrance.inDim()),
            key + "B.weight", TensorData.ofFloats(DType.F32, b, entrance.outDim(), 1)),
        Map.of("format", "pt"));
  }

  private void place(
      final float[] a,
      final float[] b,
      final int rank,
      final Layer layer,
      final String what,
      final double size) {
    final float[] in = direction("in " + what + layer.name(), layer.inDim());
    final float[] out = direction("out " + what + layer.name(), layer.outDim());
    System.arraycopy(in, 0, a, rank * layer.inDim(), layer.inDim());
    for (int i = 0; i < out.length; i++) {
      b[3 * i + rank] = (float) (size * out[i]);
    }
  }

  private float[] direction(final String name, final int width) {
    return directions.computeIfAbsent(
        name,
        key -> {
          final Random own = new Random(key.hashCode());
          final float[] values = new float[width];
          for (int i = 0; i < width; i++) {
            values[i] = (float) (own.nextGaussian() / Math.sqrt(width));
          }
          return values;
        });
  }
}
