package io.loralake.fusion;

import java.nio.FloatBuffer;

/** Gates on a processor, row by row and channel by channel, in one pass over y. */
interface GateKernel {

  /** What must divide the number of channels. */
  int multiple();

  /**
   * B^T of one group, in the order in which this kernel reads it.
   *
   * @param group of {@code terms}
   */
  float[] packed(GateTerms terms, int group);

  /**
   * Adds w_out sum_k g_k l_k to some rows of a group, in place.
   *
   * @param y (G, N, d_out)
   * @param packed of the group
   * @param from first row of the group
   * @param to behind its last
   */
  void add(FloatBuffer y, GateTerms terms, float[] packed, int group, int from, int to);
}
