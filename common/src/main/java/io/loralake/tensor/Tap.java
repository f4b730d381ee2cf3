package io.loralake.tensor;

import ai.djl.ndarray.NDArray;

/**
 * Watches named values inside a model as they pass: parity tests compare them, probes record them.
 */
@FunctionalInterface
public interface Tap {
  Tap NONE = (name, value) -> {};

  /** Called with a value that its owner will free: copy what must last. */
  void see(String name, NDArray value);
}
