package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.loralake.tensor.TorchOps;

/**
 * Sinusoidal features of time and guidance (BFL {@code timestep_embedding}), in float32 as the
 * reference computes them: with angles of up to 7000 the rounding is visible in the fourth decimal,
 * and the model was trained with it.
 */
final class Sinusoid {
  static final int DIM = 256;

  private static final int HALF = DIM / 2;

  /**
   * The float32 exponential of the machine that the reference values come from rounds these two
   * frequencies up, by 0.53 and 0.50 of a unit in the last place. They are the only ones that are
   * not the nearest float, and their angles would differ by 2e-4 at guidance 7.
   */
  private static final int[] ROUNDED_UP = {13, 44};

  private final NDArray frequencies; // (128)

  Sinusoid(final NDManager manager) {
    final float[] values = new float[HALF];
    for (int i = 0; i < HALF; i++) {
      values[i] = (float) StrictMath.exp((float) -StrictMath.log(10_000) * i / HALF);
    }
    for (final int i : ROUNDED_UP) {
      values[i] = Math.nextUp(values[i]);
    }
    this.frequencies = manager.create(values);
  }

  /** Cosines, then sines of 1000 t at falling frequencies: t (B) -> (B, 256). */
  NDArray of(final NDArray t) {
    final NDArray angles = TorchOps.scaled(t, 1000).expandDims(1).mul(frequencies); // (B, 128)
    return NDArrays.concat(new NDList(angles.cos(), angles.sin()), 1);
  }
}
