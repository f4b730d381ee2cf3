package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

/**
 * Fused PyTorch operations that DJL's {@code NDArray} lacks, called through one small TorchScript
 * archive. Every result belongs to the manager of the first argument and carries gradients, except
 * where noted.
 *
 * <p>DJL does not know bfloat16: a bf16 array shows an unknown data type, and asking DJL to create
 * or convert one ends the JVM. {@link #toBf16} and {@link #toF32} are the only way in and out.
 */
public final class TorchOps {
  private static final OpsModule OPS = OpsModule.load("ops.py");

  private TorchOps() {}

  /**
   * x times a number. DJL's own {@code mul(Number)} must not be differentiated: it lets the
   * number's memory go at once, and the backward pass, which reads it, finds now and then something
   * else.
   */
  public static NDArray scaled(final NDArray x, final double factor) {
    try (NDArray number = x.getManager().full(new Shape(), (float) factor)) {
      return x.mul(number);
    }
  }

  /**
   * x W^T + b.
   *
   * @param x (..., d_in)
   * @param weight (d_out, d_in)
   * @param bias (d_out), or null
   */
  public static NDArray linear(final NDArray x, final NDArray weight, final NDArray bias) {
    return OneDnn.suits(x, weight, bias)
        ? OneDnn.linear(x, weight, bias)
        : x.getNDArrayInternal().linear(x, weight, bias).singletonOrThrow();
  }

  /** a b for matrices (m, k) and (k, n): large ones sooner than by DJL's {@code matMul}. */
  public static NDArray product(final NDArray a, final NDArray b) {
    try (NDArray weight = b.transpose()) {
      return linear(a, weight, null);
    }
  }

  /**
   * softmax(q k^T / sqrt(d)) v for q, k, v of (B, H, L, d). Strided ones are copied: of those
   * PyTorch would write out all L x L scores.
   */
  public static NDArray sdpa(final NDArray q, final NDArray k, final NDArray v) {
    return call("sdpa", q, k, v);
  }

  /** As {@link #sdpa}, each token looking only at itself and those before it. */
  public static NDArray causalAttention(final NDArray q, final NDArray k, final NDArray v) {
    return call("causal_attention", q, k, v);
  }

  /** softmax(q k^T + bias) v, without scaling; bias broadcasts to (B, H, L, L). */
  public static NDArray biasedAttention(
      final NDArray q, final NDArray k, final NDArray v, final NDArray bias) {
    return call("biased_attention", q, k, v, bias);
  }

  /** LayerNorm over the last axis without affine weights, eps 1e-6. */
  public static NDArray layerNorm(final NDArray x) {
    return call("layer_norm", x);
  }

  /** layerNorm(x) (1 + scale) + shift for x (B, L, D) and shift, scale (B, 1, D). */
  public static NDArray modulate(final NDArray x, final NDArray shift, final NDArray scale) {
    return call("modulate", x, shift, scale);
  }

  /** x + gate y for x, y (B, L, D) and gate (B, 1, D). */
  public static NDArray addGated(final NDArray x, final NDArray gate, final NDArray y) {
    return call("add_gated", x, gate, y);
  }

  /**
   * Takes rows q, k, v apart and normalises queries and keys head by head (RMSNorm, eps 1e-6).
   *
   * @param qkv (B, L, 3 H d)
   * @param queryScale (d)
   * @param keyScale (d)
   * @return q, k, v, each (B, H, L, d)
   */
  public static NDList splitHeads(
      final NDArray qkv, final NDArray queryScale, final NDArray keyScale) {
    return callAll("split_heads", qkv, queryScale, keyScale);
  }

  /**
   * Attention of queries and keys that are rotated by their positions first, each adjacent pair of
   * numbers as one complex number. The rotation is computed in float32 whatever the arguments are.
   *
   * @param q as k and v (B, H, L, d)
   * @param pe cosine and sine of each angle, float32 (L, d/2, 2)
   * @return (B, L, H d)
   */
  public static NDArray rotaryAttention(
      final NDArray q, final NDArray k, final NDArray v, final NDArray pe) {
    return call("rotary_attention", q, k, v, pe);
  }

  /**
   * Adds x A^T B^T to {@code y} in place, for each of G groups of samples with factors of their
   * own; G is 1 or the batch size. B consists of blocks and is zero beside them.
   *
   * @param y (B, L, d_out) or (B, d_out), contiguous
   * @param x (B, L, d_in) or (B, d_in)
   * @param a (G, R, d_in)
   * @param b the blocks' numbers (rows, columns), one behind the other, (G, numbers)
   * @param blocks first row, rows, first column, columns of each block in B (d_out, R): int64
   *     (blocks, 4) on the CPU
   */
  public static void addLowRank(
      final NDArray y, final NDArray x, final NDArray a, final NDArray b, final NDArray blocks) {
    call("add_low_rank", y, x, a, b, blocks).close();
  }

  /**
   * Adds x A^T B^T to {@code y} in place, as {@link #addLowRank}, for one dense B.
   *
   * @param down A (G, R, d_in)
   * @param up B^T (G, R, d_out)
   */
  public static void addDownUp(
      final NDArray y, final NDArray x, final NDArray down, final NDArray up) {
    call("add_down_up", y, x, down, up).close();
  }

  /**
   * y + scale x A^T B^T for each of G equal runs of samples, with factors of their own. Unlike
   * {@link #addDownUp} it leaves {@code y} alone and carries gradients.
   *
   * @param y (G B, L, d_out) or (G B, d_out)
   * @param x (G B, L, d_in) or (G B, d_in)
   * @param down A (G, R, d_in)
   * @param up B^T (G, R, d_out)
   * @param scales (G, 1, 1)
   */
  public static NDArray addGroupLowRank(
      final NDArray y,
      final NDArray x,
      final NDArray down,
      final NDArray up,
      final NDArray scales) {
    return call("add_group_low_rank", y, x, down, up, scales);
  }

  /** RMSNorm over the last axis, eps 1e-6. */
  public static NDArray rmsNorm(final NDArray x, final NDArray weight) {
    return call("rms_norm", x, weight);
  }

  /** GELU in its tanh form. */
  public static NDArray geluTanh(final NDArray x) {
    return call("gelu_tanh", x);
  }

  /** x sigmoid(x). */
  public static NDArray silu(final NDArray x) {
    return call("silu", x);
  }

  /** x sigmoid(1.702 x). */
  public static NDArray quickGelu(final NDArray x) {
    return call("quick_gelu", x);
  }

  /** Rows of a table (V, D) by int64 ids of any shape: (..., D). */
  public static NDArray embedding(final NDArray ids, final NDArray table) {
    return call("embedding", ids, table);
  }

  /**
   * GroupNorm of x (B, C, height, width), eps 1e-6.
   *
   * @param weight (groups, C / groups)
   * @param bias (C)
   */
  public static NDArray groupNorm(final NDArray x, final NDArray weight, final NDArray bias) {
    return call("group_norm", x, weight, bias);
  }

  /** Convolution with an odd square kernel, padded so that height and width stay. */
  public static NDArray conv(final NDArray x, final NDArray weight, final NDArray bias) {
    return call("conv", x, weight, bias);
  }

  /** Convolution of stride 2; one row and one column of zeros are added at the bottom and right. */
  public static NDArray downsample(final NDArray x, final NDArray weight, final NDArray bias) {
    return call("downsample", x, weight, bias);
  }

  /** (B, C, height, width) -> (B, C, 2 height, 2 width), every pixel four times. */
  public static NDArray upsample(final NDArray x) {
    return call("upsample", x);
  }

  /** A copy in which the bits of 16-bit numbers {@code x} are read as bfloat16. */
  static NDArray bitsAsBf16(final NDArray x) {
    return call("bits_as_bf16", x);
  }

  /** A copy of {@code x} in bfloat16, rounded to nearest even. */
  public static NDArray toBf16(final NDArray x) {
    return call("to_bf16", x);
  }

  /** A copy of {@code x} in float32. */
  public static NDArray toF32(final NDArray x) {
    return call("to_f32", x);
  }

  /**
   * {@code x} on the device and the manager of {@code anchor}, in its own format; on the same
   * device the result shares the memory of {@code x}.
   */
  public static NDArray toDeviceOf(final NDArray x, final NDArray anchor) {
    final NDArray moved = call("to_device_of", x, anchor);
    moved.attach(anchor.getManager());
    return moved;
  }

  /** Thin QR of a matrix (m, n): Q (m, k), R (k, n), k = min(m, n). No gradients. */
  public static NDList qr(final NDArray x) {
    return OPS.callTuple("qr", x);
  }

  /** R (k, n) of the thin QR of a matrix (m, n), k = min(m, n), at half the work. No gradients. */
  public static NDArray triangle(final NDArray x) {
    return call("triangle", x);
  }

  /**
   * Eigenvalues (n), rising, and eigenvectors as columns (n, n) of a symmetric matrix. No
   * gradients.
   */
  public static NDList eigh(final NDArray x) {
    return OPS.callTuple("eigh", x);
  }

  /** Thin SVD of a matrix (m, n): U (m, k), S (k), V^T (k, n), k = min(m, n). No gradients. */
  public static NDList svd(final NDArray x) {
    return OPS.callTuple("svd", x);
  }

  /**
   * The best approximation of a product B A by factors of a smaller rank q (Eckart-Young), without
   * forming the product: from eigenvectors of the factors' Gram matrices in float64. No gradients.
   *
   * @param b (m, R)
   * @param a (R, n)
   * @param rank q; a larger one than R is R
   * @return balanced factors, (m, q) and (q, n)
   */
  public static NDList truncatedProduct(final NDArray b, final NDArray a, final int rank) {
    try (NDArray number = b.getManager().create((long) rank)) {
      return callAll("truncated_product", b, a, number);
    }
  }

  static NDArray call(final String method, final NDArray... arguments) {
    return OPS.call(method, arguments);
  }

  static NDList callAll(final String method, final NDArray... arguments) {
    return OPS.callAll(method, arguments);
  }
}
