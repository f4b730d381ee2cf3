package io.loralake.encoder;

import io.loralake.tensor.Widening;
import java.util.Arrays;
import java.util.Random;

/**
 * Turns sketches into rows of features: each response (S) of each layer is normalised to mean 0 and
 * variance 1, which frees it of the adapter's strength; a layer that an adapter lacks is 0.
 *
 * <p>Of many probes, {@link SketchLayout#fold} responses of a layer are added up to one, each
 * number with a random sign. This is a projection that keeps the products of rows (Johnson and
 * Lindenstrauss), and what is learned from features becomes so much smaller.
 *
 * <p>An instance serves one thread.
 */
public final class SketchFeatures {
  private static final long SIGN_SEED = 47;

  private final int[] sketchOffsets;
  private final int[] offsets;
  private final int[] widths;
  private final int probes;
  private final int fold;
  private final boolean[] negative; // (P S) of a whole sketch, where responses are folded
  private final float[] responses; // the same

  public SketchFeatures(final SketchLayout layout) {
    this.sketchOffsets = layout.offsets();
    this.offsets = layout.featureOffsets();
    this.widths = layout.widths().stream().mapToInt(Integer::intValue).toArray();
    this.probes = layout.probes();
    this.fold = layout.fold();
    this.negative = fold == 0 ? new boolean[0] : signs(layout.length());
    this.responses = new float[negative.length];
  }

  private static boolean[] signs(final int count) {
    final Random random = new Random(SIGN_SEED);
    final boolean[] negative = new boolean[count];
    for (int i = 0; i < count; i++) {
      negative[i] = random.nextBoolean();
    }
    return negative;
  }

  /** F. */
  public int length() {
    return offsets[widths.length];
  }

  /** Where the features of each layer begin; one more entry tells where the last ends. */
  public int[] offsets() {
    return offsets.clone();
  }

  /** Number of layers. */
  public int layers() {
    return widths.length;
  }

  /**
   * Writes the features of one sketch.
   *
   * @param halves as {@link Sketch#halves()}
   * @param target room for {@link #length} numbers from {@code at} on
   * @return how many layers the adapter has; 0: the features are all 0
   * @throws IllegalArgumentException when the sketch has another length
   */
  public int write(final byte[] halves, final float[] target, final int at) {
    final int numbers = sketchOffsets[widths.length];
    if (halves.length != numbers * Short.BYTES) {
      throw new IllegalArgumentException(
          "A sketch of %d bytes does not fit the layout's %d numbers"
              .formatted(halves.length, numbers));
    }
    if (fold == 0) {
      return normalised(halves, target, at);
    }
    final int present = normalised(halves, responses, 0);
    fold(target, at);
    return present;
  }

  /** The responses, each normalised; how many layers have any. */
  private int normalised(final byte[] halves, final float[] target, final int at) {
    Widening.halves(halves, target, at);
    int present = 0;
    for (int layer = 0; layer < widths.length; layer++) {
      boolean any = false;
      for (int p = 0; p < probes; p++) {
        final int from = sketchOffsets[layer] + p * widths[layer];
        any |= normalise(target, at + from, widths[layer]);
      }
      present += any ? 1 : 0;
    }
    return present;
  }

  private void fold(final float[] target, final int at) {
    Arrays.fill(target, at, at + length(), 0);
    for (int layer = 0; layer < widths.length; layer++) {
      final int width = widths[layer];
      for (int p = 0; p < probes; p++) {
        final int from = sketchOffsets[layer] + p * width;
        final int to = at + offsets[layer] + p / fold * width;
        for (int i = 0; i < width; i++) {
          target[to + i] += negative[from + i] ? -responses[from + i] : responses[from + i];
        }
      }
    }
  }

  /** In place; whether the numbers differ at all. */
  private static boolean normalise(final float[] values, final int from, final int width) {
    final int to = from + width;
    final int pairs = to - width % 2;
    double sum = 0;
    double otherSum = 0; // two chains of additions: a processor works on both at once
    double squares = 0;
    double otherSquares = 0;
    for (int i = from; i < pairs; i += 2) {
      final double value = values[i];
      final double other = values[i + 1];
      sum += value;
      otherSum += other;
      squares += value * value;
      otherSquares += other * other;
    }
    if (pairs < to) {
      sum += values[pairs];
      squares += (double) values[pairs] * values[pairs];
    }
    final double mean = (sum + otherSum) / width;
    final double square = (squares + otherSquares) / width;
    final double variance = square - mean * mean;
    final boolean differ = variance > 1e-9 * square;
    final float shift = (float) mean;
    final float scale = differ ? (float) (1 / Math.sqrt(variance)) : 0;
    for (int i = from; i < to; i++) {
      values[i] = (values[i] - shift) * scale;
    }
    return differ;
  }

  /**
   * Takes the features' means away from one row, layer by layer where the adapter has the layer.
   *
   * @param means (F)
   */
  public void centre(final float[] row, final int at, final float[] means) {
    for (int layer = 0; layer < widths.length; layer++) {
      if (has(row, at, layer)) {
        for (int i = offsets[layer]; i < offsets[layer + 1]; i++) {
          row[at + i] -= means[i];
        }
      }
    }
  }

  /** Whether a row of features that are not centred has numbers for a layer. */
  public boolean has(final float[] row, final int at, final int layer) {
    for (int i = offsets[layer]; i < offsets[layer + 1]; i++) {
      if (row[at + i] != 0) {
        return true;
      }
    }
    return false;
  }

  /** Sets all numbers of a layer to 0. */
  public void drop(final float[] row, final int at, final int layer) {
    Arrays.fill(row, at + offsets[layer], at + offsets[layer + 1], 0);
  }
}
