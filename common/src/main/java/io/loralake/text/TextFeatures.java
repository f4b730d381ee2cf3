package io.loralake.text;

import ai.djl.ndarray.NDArray;

/**
 * A batch of prompts as the transformer reads them.
 *
 * @param txt token states, (B, T, context_in_dim)
 * @param vec pooled vectors, (B, vec_in_dim)
 */
public record TextFeatures(NDArray txt, NDArray vec) {}
