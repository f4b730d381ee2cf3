/**
 * Trains adapters and gates, with what everything that learns shares: gradients by several threads,
 * AdamW, the learning rate's schedule, the moving average of weights, checkpoints that resume bit
 * for bit, and the flow-matching loss. Randomness follows from (seed, step) alone, so that a
 * checkpoint needs no generator's state.
 *
 * <p>Parameters are plain arrays by name. Letters in shapes: B samples, N image tokens, T text
 * tokens.
 */
package io.loralake.training;
