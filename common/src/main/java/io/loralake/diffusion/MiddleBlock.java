package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.Layout;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;
import java.util.List;

/** The coarsest resolution: residual block, attention over all pixels, residual block. */
final class MiddleBlock {
  private final ResnetBlock block1;
  private final GroupNorm norm;
  private final Conv query;
  private final Conv key;
  private final Conv value;
  private final Conv out;
  private final ResnetBlock block2;

  /**
   * @param name for example {@code encoder.mid}
   */
  MiddleBlock(final Weights weights, final String name, final int width, final int groups) {
    this.block1 = new ResnetBlock(weights, name + ".block_1", width, width, groups);
    this.norm = new GroupNorm(weights, name + ".attn_1.norm", groups);
    this.query = new Conv(weights, name + ".attn_1.q");
    this.key = new Conv(weights, name + ".attn_1.k");
    this.value = new Conv(weights, name + ".attn_1.v");
    this.out = new Conv(weights, name + ".attn_1.proj_out");
    this.block2 = new ResnetBlock(weights, name + ".block_2", width, width, groups);
  }

  static void layOut(final Layout layout, final String name, final int width) {
    ResnetBlock.layOut(layout, name + ".block_1", width, width);
    layout.norm(name + ".attn_1.norm", width);
    for (final String projection : List.of("q", "k", "v", "proj_out")) {
      layout.conv(name + ".attn_1." + projection, width, width, 1);
    }
    ResnetBlock.layOut(layout, name + ".block_2", width, width);
  }

  /** (B, C, h, w) -> (B, C, h, w). */
  NDArray forward(final NDArray x) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray y = attend(block1.forward(x));
      final NDArray z = block2.forward(y);
      NDScope.unregister(z);
      return z;
    }
  }

  private NDArray attend(final NDArray x) {
    final NDArray normed = norm.forward(x);
    final NDArray attention = // (B, 1, h w, C)
        TorchOps.sdpa(
            pixels(query.forward(normed)),
            pixels(key.forward(normed)),
            pixels(value.forward(normed)));
    return x.add(out.forward(attention.swapAxes(2, 3).reshape(x.getShape())));
  }

  /** (B, C, h, w) -> (B, 1, h w, C): every pixel a token, one head. */
  private static NDArray pixels(final NDArray x) {
    final Shape shape = x.getShape();
    return x.reshape(shape.get(0), 1, shape.get(1), shape.get(2) * shape.get(3)).swapAxes(2, 3);
  }
}
