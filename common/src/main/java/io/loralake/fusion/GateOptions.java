package io.loralake.fusion;

import java.io.Serializable;

/**
 * What gates look at, and how their adapters come together. The activations alone are the published
 * form.
 *
 * @param activations base output and adapter output of the layer, token by token; without, an
 *     adapter's gates fold into its factors
 * @param divided the sum is divided by the number of adapters
 * @param time the timestep
 * @param relevance rank of what is learned from the adapter's embedding and the prompt's; 0: gates
 *     do not know them
 */
public record GateOptions(boolean activations, boolean divided, boolean time, int relevance)
    implements Serializable {
  /** With everything. */
  public static final GateOptions FULL = new GateOptions(true, true, true, 24);

  /** With everything but the activations. */
  public static final GateOptions BIAS_ONLY = new GateOptions(false, true, true, 24);

  public GateOptions {
    if (relevance < 0) {
      throw new IllegalArgumentException(
          "Rank of the relevance is " + relevance + ", allowed is a number from 0 on");
    }
  }

  public boolean knowsAdapters() {
    return relevance > 0;
  }
}
