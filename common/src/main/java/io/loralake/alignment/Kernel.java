package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import io.loralake.tensor.TorchOps;

/**
 * Eigenvalues and eigenvectors of {@code X X^T} in float64, for what has fewer rows than features.
 *
 * @param values (N), rising, none negative
 * @param vectors (N, N), columns
 */
record Kernel(NDArray values, NDArray vectors) {

  /** Of rows x (N, F), on their manager. */
  static Kernel of(final NDArray x) {
    final NDArray products = TorchOps.product(x, x.transpose()).toType(DataType.FLOAT64, true);
    final NDList eigen = TorchOps.eigh(products);
    return new Kernel(eigen.get(0).clip(0, Double.MAX_VALUE), eigen.get(1));
  }

  /** The mean of the eigenvalues. */
  double meanValue() {
    return values.mean().getDouble();
  }
}
