package io.loralake.encoder;

import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.Fingerprint;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.TensorInfo;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Fixed input vectors, P for each layer, whose responses describe an adapter. A layer without
 * probes is not part of the sketch.
 *
 * @param id names the set by its content: two sets with one id are equal
 * @param kind {@code gaussian}, or the file that the set was read from
 * @param probes P, the same for all layers
 * @param layers the layers that have probes, in table order
 * @param vectors for each of {@code layers}: (P, d_in), row-major
 */
public record ProbeSet(
    String id, String kind, int probes, List<Layer> layers, List<float[]> vectors)
    implements Serializable {

  /** P of the set that needs no base model. */
  public static final int GAUSSIAN_PROBES = 16;

  public static final String GAUSSIAN = "gaussian";

  private static final long GAUSSIAN_SEED = 20250802;

  /** A sketch should have at least this many numbers for each probe. */
  private static final int MIN_NUMBERS = 16_384;

  /**
   * Seeded standard normal probes for every layer in a block: the set for when nothing is known.
   */
  public static ProbeSet gaussian(final LayerTable table) {
    final List<Layer> layers = table.blockLayers();
    final List<float[]> vectors = new ArrayList<>();
    for (final Layer layer : layers) {
      final Random random = new Random(GAUSSIAN_SEED + 31L * vectors.size());
      final float[] values = new float[GAUSSIAN_PROBES * layer.inDim()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      vectors.add(values);
    }
    return of(GAUSSIAN, GAUSSIAN_PROBES, layers, vectors);
  }

  /**
   * Reads a probe file: layer name -> (P, d_in), any float type.
   *
   * @throws IllegalArgumentException when a layer is not the model's, a width is wrong, or the
   *     layers disagree about P
   */
  public static ProbeSet load(final Path path, final LayerTable table) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (final String name : file.names()) {
        if (table.find(name).isEmpty()) {
          throw new IllegalArgumentException(
              "Probes " + path + ": the model has no layer '" + name + "'");
        }
      }
      final List<Layer> layers =
          table.layers().stream().filter(layer -> file.names().contains(layer.name())).toList();
      final List<float[]> vectors = new ArrayList<>();
      int probes = 0;
      for (final Layer layer : layers) {
        final TensorInfo info = file.info(layer.name());
        final long[] shape = info.shape();
        if (shape.length != 2 || shape[1] != layer.inDim() || shape[0] == 0) {
          throw new IllegalArgumentException(
              "Probes %s: layer '%s' needs (P, %d), found %s"
                  .formatted(path, layer.name(), layer.inDim(), info.describe()));
        }
        if (probes != 0 && probes != shape[0]) {
          throw new IllegalArgumentException(
              "Probes %s: layer '%s' has %d probes, others have %d"
                  .formatted(path, layer.name(), shape[0], probes));
        }
        probes = (int) shape[0];
        final float[] values = file.floats(layer.name());
        for (final float value : values) {
          if (!Float.isFinite(value)) {
            throw new IllegalArgumentException(
                "Probes %s: layer '%s' has %s, allowed are finite numbers"
                    .formatted(path, layer.name(), value));
          }
        }
        vectors.add(values);
      }
      return of(path.getFileName().toString(), probes, layers, vectors);
    }
  }

  private static ProbeSet of(
      final String kind, final int probes, final List<Layer> layers, final List<float[]> vectors) {
    return new ProbeSet(
        fingerprint(layers, vectors), kind, probes, List.copyOf(layers), List.copyOf(vectors));
  }

  private static String fingerprint(final List<Layer> layers, final List<float[]> vectors) {
    final Fingerprint content = new Fingerprint();
    for (int i = 0; i < layers.size(); i++) {
      content.add(layers.get(i).name()).add(vectors.get(i));
    }
    return content.finish();
  }

  /**
   * S: the smallest power of two that gives a sketch at least {@value #MIN_NUMBERS} numbers for
   * each probe.
   */
  public int sketchWidth() {
    int width = 1;
    while (layers.size() * width < MIN_NUMBERS) {
      width *= 2;
    }
    return width;
  }

  /** Numbers kept of one response of a layer: S, or all where the layer is narrower than S. */
  public int keptWidth(final Layer layer) {
    return Math.min(sketchWidth(), layer.outDim());
  }

  /** Numbers in a whole sketch. */
  public int sketchLength() {
    return probes * layers.stream().mapToInt(this::keptWidth).sum();
  }
}
