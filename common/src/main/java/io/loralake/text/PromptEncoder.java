package io.loralake.text;

import ai.djl.ndarray.NDManager;
import io.loralake.model.Fusion;
import java.util.List;

/** Turns prompts into features; each kind of base model brings its own. */
@FunctionalInterface
public interface PromptEncoder extends AutoCloseable {
  /**
   * Encodes all prompts as one batch; the result belongs to {@code manager}.
   *
   * @param fusion the adapters of the batch; those of layers that the encoder has act on it
   */
  TextFeatures encode(NDManager manager, List<String> prompts, Fusion fusion);

  /** Frees what the encoder owns; by default that is nothing. */
  @Override
  default void close() {}
}
