package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.List;
import java.util.function.Function;

/**
 * The gate of one layer: how much of each adapter's output enters, by token and channel. With base
 * output y and adapter outputs l_k,
 *
 * <pre>
 * g_k = sigmoid(LN_b(y) w_base + LN_l(l_k) w_lora + LN_b(y) LN_l(l_k) w_cross + bias)
 * out = y + sum_k w_out g_k l_k
 * </pre>
 *
 * All weights are vectors (d_out), shared by the adapters, so that any number of them works (the
 * published form of AutoLoRA, arXiv 2508.02107; {@code LoraMerger} of DiffSynth-Studio, whose
 * weight names these are).
 */
public record Gate(
    NDArray normBaseWeight,
    NDArray normBaseBias,
    NDArray normLoraWeight,
    NDArray normLoraBias,
    NDArray weightBase,
    NDArray weightLora,
    NDArray weightCross,
    NDArray bias,
    NDArray weightOut) {

  /** LayerNorm's epsilon in the reference. */
  static final float EPSILON = 1e-5f;

  /** Asks for each weight (d_out) by its name: {@code norm_base.weight}, {@code weight_out}, ... */
  public static Gate of(final Function<String, NDArray> weight) {
    return new Gate(
        weight.apply("norm_base.weight"),
        weight.apply("norm_base.bias"),
        weight.apply("norm_lora.weight"),
        weight.apply("norm_lora.bias"),
        weight.apply("weight_base"),
        weight.apply("weight_lora"),
        weight.apply("weight_cross"),
        weight.apply("bias"),
        weight.apply("weight_out"));
  }

  /** The weights that read activations, in the order of the record: all but bias and w_out. */
  List<NDArray> activationWeights() {
    return List.of(
        normBaseWeight,
        normBaseBias,
        normLoraWeight,
        normLoraBias,
        weightBase,
        weightLora,
        weightCross);
  }

  /**
   * The formula, operation by operation; differentiable in every argument and weight.
   *
   * @param y base output (..., d_out)
   * @param outputs each adapter's output, of the shape of y
   */
  public NDArray forward(final NDArray y, final List<NDArray> outputs) {
    final Rows rows = rows(activationWeights(), y);
    NDArray out = y;
    for (final NDArray l : outputs) {
      out = out.add(rows.gate(l, bias).mul(l).mul(weightOut));
    }
    return out;
  }

  /**
   * What the gates of a layer's adapters have in common, token by token.
   *
   * @param offset LN_b(y) w_base (..., d_out)
   * @param slope LN_b(y) w_cross + w_lora (..., d_out)
   */
  record Rows(NDArray offset, NDArray slope, NDArray normWeight, NDArray normBias) {
    /**
     * The gate of one adapter, of the shape of its output.
     *
     * @param score what is added inside the sigmoid
     */
    NDArray gate(final NDArray l, final NDArray score) {
      return Activation.sigmoid(norm(l, normWeight, normBias).mul(slope).add(offset).add(score));
    }
  }

  /** Of seven weights in the order of {@link #activationWeights}. */
  static Rows rows(final List<NDArray> weights, final NDArray y) {
    final NDArray normedBase = norm(y, weights.get(0), weights.get(1)); // (..., d_out)
    return new Rows(
        normedBase.mul(weights.get(4)),
        normedBase.mul(weights.get(6)).add(weights.get(5)),
        weights.get(2),
        weights.get(3));
  }

  private static NDArray norm(final NDArray x, final NDArray weight, final NDArray bias) {
    return x.getNDArrayInternal()
        .layerNorm(x, new Shape(weight.size()), weight, bias, EPSILON)
        .singletonOrThrow();
  }
}
