package io.loralake.jobs.evaluate.retrieval;

import io.loralake.encoder.SketchLayout;
import io.loralake.tensor.DType;
import io.loralake.tensor.Half;
import io.loralake.tensor.Widening;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;

/**
 * What a sketch would be if something had been otherwise. Responses are linear in the update and
 * projections in the responses, so that no file has to be read again.
 */
final class SketchChanges {
  private static final long SEED = 99;

  private final SketchLayout layout;

  /** Projections that were drawn before, by layer and width. */
  private final Map<List<Integer>, float[]> projections = new HashMap<>();

  SketchChanges(final SketchLayout layout) {
    this.layout = layout;
  }

  /** The layout with fewer probes and narrower responses. */
  SketchLayout layout(final int probes, final int width) {
    return new SketchLayout(
        layout.probeSet(),
        probes,
        layout.layers(),
        layout.widths().stream().map(kept -> Math.min(kept, width)).toList());
  }

  /** The first probes only, each response projected to a width where it is wider. */
  byte[] reduced(final byte[] sketch, final int probes, final int width) {
    final float[] values = floats(sketch);
    final SketchLayout target = layout(probes, width);
    final float[] reduced = new float[target.length()];
    final int[] from = layout.offsets();
    final int[] to = target.offsets();
    for (int layer = 0; layer < layout.layers().size(); layer++) {
      final int wide = layout.widths().get(layer);
      final int narrow = target.widths().get(layer);
      final float[] matrix = narrow < wide ? projection(layer, wide, narrow) : null;
      for (int p = 0; p < probes; p++) {
        project(values, from[layer] + p * wide, wide, matrix, reduced, to[layer] + p * narrow);
      }
    }
    return Half.bytes(reduced);
  }

  private float[] projection(final int layer, final int wide, final int narrow) {
    return projections.computeIfAbsent(
        List.of(layer, narrow), key -> gaussian(layer, wide, narrow));
  }

  private static float[] gaussian(final int layer, final int wide, final int narrow) {
    final Random random = new Random(SEED + 31L * layer);
    final float[] matrix = new float[wide * narrow];
    for (int i = 0; i < matrix.length; i++) {
      matrix[i] = (float) (random.nextGaussian() / Math.sqrt(narrow));
    }
    return matrix;
  }

  private static void project(
      final float[] source,
      final int from,
      final int wide,
      final float[] matrix,
      final float[] target,
      final int to) {
    if (matrix == null) {
      System.arraycopy(source, from, target, to, wide);
      return;
    }
    final int narrow = matrix.length / wide;
    for (int i = 0; i < wide; i++) {
      for (int j = 0; j < narrow; j++) {
        target[to + j] += source[from + i] * matrix[i * narrow + j];
      }
    }
  }

  /** Without the layers that do not pass. */
  byte[] only(final byte[] sketch, final Predicate<String> layers) {
    final float[] values = floats(sketch);
    final int[] offsets = layout.offsets();
    for (int layer = 0; layer < layout.layers().size(); layer++) {
      if (!layers.test(layout.layers().get(layer))) {
        Arrays.fill(values, offsets[layer], offsets[layer + 1], 0);
      }
    }
    return Half.bytes(values);
  }

  /** As if the adapter's strength were another. */
  byte[] scaled(final byte[] sketch, final float factor) {
    final float[] values = floats(sketch);
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return Half.bytes(values);
  }

  /** As if both adapters lay in one file: the updates add up. */
  byte[] merged(final KnownAdapter a, final KnownAdapter b) {
    final float[] x = floats(a.sketch());
    final float[] y = floats(b.sketch());
    final int[] offsets = layout.offsets();
    for (int layer = 0; layer < layout.layers().size(); layer++) {
      final float most = Math.max(a.rms()[layer], b.rms()[layer]);
      for (int i = offsets[layer]; i < offsets[layer + 1] && most > 0; i++) {
        x[i] = (x[i] * a.rms()[layer] + y[i] * b.rms()[layer]) / most;
      }
    }
    return Half.bytes(x);
  }

  private static float[] floats(final byte[] sketch) {
    return Widening.toFloats(DType.F16, ByteBuffer.wrap(sketch));
  }
}
