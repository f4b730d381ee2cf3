package io.loralake.text;

import ai.djl.ndarray.NDManager;
import java.util.List;

/** Turns prompts into features; each kind of base model brings its own. */
@FunctionalInterface
public interface PromptEncoder {
  /** Encodes all prompts as one batch; the result belongs to {@code manager}. */
  TextFeatures encode(NDManager manager, List<String> prompts);
}
