/**
 * From weights to a point: probes and sketches (fixed, computed once while a file's bytes stream
 * by), and the encoders that turn a sketch into an embedding.
 */
package io.loralake.encoder;
