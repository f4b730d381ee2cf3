package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.TorchOps;

/**
 * The best linear code of pictures: each patch of f x f pixels becomes its C leading principal
 * components. It is the yardstick of an auto-encoder of the same rate, and its spectrum, a few
 * large channels and many small ones, is what a diffusion model likes to work on.
 */
final class LinearCode {
  private final int patch; // f
  private final NDArray mean; // (3 f f)
  private final NDArray basis; // (3 f f, C), orthonormal columns
  private final float scale; // of the code, for unit variance over all channels

  private LinearCode(final int patch, final NDArray mean, final NDArray basis, final float scale) {
    this.patch = patch;
    this.mean = mean;
    this.basis = basis;
    this.scale = scale;
  }

  /**
   * Fits the code to pictures (B, 3, H, W).
   *
   * @param manager owns the code
   */
  static LinearCode fit(
      final NDManager manager, final NDArray images, final int patch, final int channels) {
    try (NDManager work = manager.newSubManager()) {
      final NDArray local = images.duplicate();
      local.attach(work);
      final NDArray rows = patches(local, patch).reshape(-1, 3L * patch * patch);
      final NDArray mean = rows.mean(new int[] {0});
      final NDArray centred = rows.sub(mean);
      final NDArray covariance =
          centred.transpose().matMul(centred).divi(centred.getShape().get(0)); // (3 f f, 3 f f)
      final NDList svd = TorchOps.svd(covariance);
      final NDArray basis = svd.get(0).get(":, :" + channels);
      final float variance = svd.get(1).get(":" + channels).mean().getFloat();
      mean.attach(manager);
      basis.attach(manager);
      return new LinearCode(patch, mean, basis, (float) (1 / Math.sqrt(variance)));
    }
  }

  /** (B, 3, H, W) -> (B, C, H/f, W/f). */
  NDArray encode(final NDArray images) {
    final NDArray code = TorchOps.scaled(patches(images, patch).sub(mean).matMul(basis), scale);
    return code.transpose(0, 3, 1, 2);
  }

  /** (B, C, H/f, W/f) -> (B, 3, H, W). */
  NDArray decode(final NDArray code) {
    final NDArray patches =
        TorchOps.scaled(code.transpose(0, 2, 3, 1), 1 / scale).matMul(basis.transpose()).add(mean);
    final Shape shape = patches.getShape();
    return patches
        .reshape(shape.get(0), shape.get(1), shape.get(2), 3, patch, patch)
        .transpose(0, 3, 1, 4, 2, 5)
        .reshape(shape.get(0), 3, shape.get(1) * patch, shape.get(2) * patch);
  }

  /** (B, 3, H, W) -> (B, H/f, W/f, 3 f f). */
  private static NDArray patches(final NDArray images, final int patch) {
    final Shape shape = images.getShape();
    final long rows = shape.get(2) / patch;
    final long columns = shape.get(3) / patch;
    return images
        .reshape(shape.get(0), 3, rows, patch, columns, patch)
        .transpose(0, 2, 4, 1, 3, 5)
        .reshape(shape.get(0), rows, columns, 3L * patch * patch);
  }
}
