package io.loralake.fusion;

import java.io.Serializable;
import java.util.List;

/**
 * In what terms gates learn what an adapter is for: the leading principal directions of the
 * training captions in the encoder's space, each with unit spread.
 *
 * @param means (E)
 * @param directions (E, C), row by row
 */
public record RelevanceSpace(float[] means, float[] directions) implements Serializable {
  /** Coordinates beyond this many spreads say nothing more. */
  private static final float LIMIT = 4;

  /** C, coordinates of a point. */
  public int coordinates() {
    return directions.length / means.length;
  }

  /** Numbers that describe one adapter beside a prompt: 3 C. */
  public int inputs() {
    return 3 * coordinates();
  }

  private float[] place(final float[] vector) {
    if (vector.length != means.length) {
      throw new IllegalArgumentException(
          "Gates know embeddings of %d numbers, got %d".formatted(means.length, vector.length));
    }
    final int c = coordinates();
    final float[] place = new float[c];
    for (int i = 0; i < means.length; i++) {
      final float centred = vector[i] - means[i];
      for (int j = 0; j < c; j++) {
        place[j] += centred * directions[i * c + j];
      }
    }
    return place;
  }

  /**
   * z of each adapter: e q, the same less its mean over the adapters, and e, where e and q are the
   * coordinates of adapter and prompt.
   *
   * @throws IllegalArgumentException when a vector is absent or of another width
   */
  float[][] describe(final FusionSample sample) {
    final List<ScaledAdapter> adapters = sample.adapters();
    final int c = coordinates();
    final float[] q = place(required(sample.prompt(), "the prompt"));
    final float[][] z = new float[adapters.size()][3 * c];
    final float[] mean = new float[c];
    for (int k = 0; k < z.length; k++) {
      final ScaledAdapter term = adapters.get(k);
      final float[] e = place(required(term.embedding(), "adapter " + term.adapter().id()));
      for (int j = 0; j < c; j++) {
        z[k][j] = e[j] * q[j];
        z[k][2 * c + j] = clamped(e[j]);
        mean[j] += z[k][j] / z.length;
      }
    }
    for (final float[] row : z) {
      for (int j = 0; j < c; j++) {
        row[c + j] = clamped(row[j] - mean[j]);
        row[j] = clamped(row[j]);
      }
    }
    return z;
  }

  private static float[] required(final float[] vector, final String whose) {
    if (vector == null) {
      throw new IllegalArgumentException("These gates need embeddings, there is none of " + whose);
    }
    return vector;
  }

  private static float clamped(final float value) {
    return Math.max(-LIMIT, Math.min(LIMIT, value));
  }
}
