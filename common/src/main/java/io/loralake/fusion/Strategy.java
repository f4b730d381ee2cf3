package io.loralake.fusion;

import java.util.Optional;

/** How the outputs of a sample's adapters become one. */
@FunctionalInterface
public interface Strategy {
  /** The first adapter alone. */
  Strategy SINGLE = (position, count) -> position == 0 ? 1 : 0;

  /** All outputs added up. */
  Strategy SUM = (position, count) -> 1;

  /** The sum over the number of adapters. */
  Strategy MEAN = (position, count) -> 1.0 / count;

  /**
   * What an adapter's output is multiplied by, beside its scale; 0 leaves the adapter out.
   *
   * @param position place in the sample's list, from 0
   * @param count length of the sample's list
   */
  double weight(int position, int count);

  /** The gate of a layer; without one the outputs are added as they are. */
  default Optional<Gate> gate(final String layer) {
    return Optional.empty();
  }
}
