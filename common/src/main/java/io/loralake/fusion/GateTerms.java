package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import io.loralake.tensor.GateOps;

/**
 * What gates ask of a layer before they meet its channels, as a kernel in Java reads it: a gate is
 * 1 / (1 + 2^u), with u as {@link GateOps#gateSlopes} tells it.
 *
 * @param groups G
 * @param rows N
 * @param rank R
 * @param width d_out
 * @param places K
 * @param h (G, N, R)
 * @param score what u has beside the activations, (G, K, d_out)
 * @param constants of the layer
 */
record GateTerms(
    int groups,
    int rows,
    int rank,
    int width,
    int places,
    float[] h,
    float[] score,
    GateConstants.Values constants) {
  private static final float MINUS_LOG2_E = (float) (-1 / Math.log(2));

  /**
   * @param branch of the layer
   * @param h (G, N, R)
   */
  static GateTerms of(final GatedBranch branch, final NDArray h) {
    final GateConstants.Values constants = branch.constants().of(branch);
    return new GateTerms(
        branch.groups(),
        (int) h.size(1),
        (int) h.size(2),
        (int) branch.up().size(2),
        (int) branch.offsets().size(1),
        h.toFloatArray(),
        score(branch.offsets().toFloatArray(), constants.base()),
        constants);
  }

  private static float[] score(final float[] offsets, final float[] base) {
    for (int first = 0; first < offsets.length; first += base.length) {
      for (int c = 0; c < base.length; c++) {
        offsets[first + c] = (offsets[first + c] + base[c]) * MINUS_LOG2_E;
      }
    }
    return offsets;
  }

  /** How many adapters each row has. */
  int adapters() {
    return constants.ends().length;
  }

  /** Whether all groups have the same factors. */
  boolean isShared() {
    return constants.up().capacity() == rank * width;
  }

  /** Where an adapter begins on the axis R. */
  int begin(final int adapter) {
    return adapter == 0 ? 0 : end(adapter - 1);
  }

  /** Where an adapter ends on the axis R. */
  int end(final int adapter) {
    return constants.ends()[adapter];
  }

  /** How many columns each row of the moments' roots has. */
  int rootColumns() {
    return constants.roots().length / constants.means().length;
  }

  /** Place of an adapter's first number in {@link #score}. */
  int scoreOf(final int group, final int adapter) {
    return (group * places + constants.slots()[adapter]) * width;
  }

  /** Place of a group's first number in w_out. */
  int weightOutOf(final int group) {
    return constants.weightOut().length == width ? 0 : group * width;
  }
}
