/**
 * FLUX.1: rectified-flow transformer, auto-encoder, schedule, and the way from a prompt to a
 * picture. Names are those of Black Forest Labs' code: {@code img} and {@code txt} are the two
 * token streams, {@code vec} is the vector that modulates every block, {@code pe} the position
 * embedding.
 *
 * <p>Letters used in shape comments: B batch, N image tokens, T text tokens, L = T + N, D width, H
 * heads, d = D / H, C channels.
 */
package io.loralake.diffusion;
