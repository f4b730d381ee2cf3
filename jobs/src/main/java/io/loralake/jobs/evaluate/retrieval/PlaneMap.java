package io.loralake.jobs.evaluate.retrieval;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;

/** Vectors in their two leading principal directions. */
final class PlaneMap {
  private PlaneMap() {}

  /** (N, E) -> (N, 2). */
  static double[][] of(final float[][] vectors) {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray all = manager.create(vectors);
      final NDArray x = all.sub(all.mean(new int[] {0}, true));
      final NDList eigen = TorchOps.eigh(x.transpose().matMul(x));
      final long e = x.size(1);
      final float[] plane = x.matMul(eigen.get(1).get(":, {}:", e - 2)).toFloatArray();
      final double[][] points = new double[vectors.length][];
      for (int i = 0; i < points.length; i++) {
        points[i] = new double[] {plane[2 * i + 1], plane[2 * i]};
      }
      return points;
    }
  }
}
