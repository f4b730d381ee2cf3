/**
 * From an adapter to a point in the space that prompts share.
 *
 * <p>Letters in shapes: {@code P} probes a layer, {@code E} embedding width, {@code T} tokens.
 */
package io.loralake.encoder;
