package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;

/** Image and text with weights of their own and one attention over both (BFL DoubleStreamBlock). */
final class DoubleBlock {
  private final StreamBlock img;
  private final StreamBlock txt;

  DoubleBlock(final Weights weights, final int index) {
    this.img = new StreamBlock(weights, "double_blocks." + index + ".img");
    this.txt = new StreamBlock(weights, "double_blocks." + index + ".txt");
  }

  /**
   * @param img0 (B, N, D)
   * @param txt0 (B, T, D)
   * @param vec after its SiLU, (B, D)
   * @param pe (T + N, d/2, 2)
   * @return img (B, N, D) and txt (B, T, D)
   */
  NDList forward(
      final NDArray img0,
      final NDArray txt0,
      final NDArray vec,
      final NDArray pe,
      final Fusion fusion) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDList imgMod = img.modulation(vec, fusion);
      final NDList txtMod = txt.modulation(vec, fusion);
      final NDList imgHeads = img.heads(img0, imgMod, fusion);
      final NDList txtHeads = txt.heads(txt0, txtMod, fusion);

      final NDArray q = join(txtHeads.get(0), imgHeads.get(0)); // (B, H, L, d)
      final NDArray k = join(txtHeads.get(1), imgHeads.get(1));
      final NDArray v = join(txtHeads.get(2), imgHeads.get(2));
      final long txtTokens = txt0.getShape().get(1);
      final NDList attention = // (B, T, D), (B, N, D)
          TorchOps.rotaryAttention(q, k, v, pe).split(new long[] {txtTokens}, 1);

      final NDArray img1 = img.update(img0, imgMod, attention.get(1), fusion);
      final NDArray txt1 = txt.update(txt0, txtMod, attention.get(0), fusion);
      NDScope.unregister(img1, txt1);
      return new NDList(img1, txt1);
    }
  }

  private static NDArray join(final NDArray txt, final NDArray img) {
    return NDArrays.concat(new NDList(txt, img), 2);
  }
}
