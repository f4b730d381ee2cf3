/**
 * From weights to a point: probes and sketches (fixed, computed once while a file's bytes stream
 * by), and the encoders that turn a sketch into an embedding.
 *
 * <p>Letters in shapes: {@code P} probes a layer, {@code S} numbers a sketched response, {@code E}
 * embedding width, {@code T} tokens.
 */
package io.loralake.encoder;
