package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import io.loralake.model.Layout;
import io.loralake.model.Weights;

/** Two convolutions with a residual connection (BFL {@code ResnetBlock}). */
final class ResnetBlock {
  private final GroupNorm norm1;
  private final Conv conv1;
  private final GroupNorm norm2;
  private final Conv conv2;
  private final Conv shortcut; // null when the width stays

  ResnetBlock(
      final Weights weights, final String name, final int in, final int out, final int groups) {
    this.norm1 = new GroupNorm(weights, name + ".norm1", groups);
    this.conv1 = new Conv(weights, name + ".conv1");
    this.norm2 = new GroupNorm(weights, name + ".norm2", groups);
    this.conv2 = new Conv(weights, name + ".conv2");
    this.shortcut = in == out ? null : new Conv(weights, name + ".nin_shortcut");
  }

  static void layOut(final Layout layout, final String name, final int in, final int out) {
    layout.norm(name + ".norm1", in).conv(name + ".conv1", in, out, 3);
    layout.norm(name + ".norm2", out).conv(name + ".conv2", out, out, 3);
    if (in != out) {
      layout.conv(name + ".nin_shortcut", in, out, 1);
    }
  }

  /** (B, in, h, w) -> (B, out, h, w). */
  NDArray forward(final NDArray x) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray hidden = conv1.forward(norm1.activate(x));
      final NDArray update = conv2.forward(norm2.activate(hidden));
      final NDArray y = (shortcut == null ? x : shortcut.forward(x)).add(update);
      NDScope.unregister(y);
      return y;
    }
  }
}
