package io.loralake.adapter;

import io.loralake.model.Layer;
import io.loralake.safetensors.TensorInfo;

/**
 * Two stored factors and where their product goes: rows {@code [row, row + rows)} of a layer's
 * update. A layer whose q, k, v come apart has several pairs.
 *
 * @param module the file's own name for it, for messages
 * @param layer canonical layer; for text encoders, a layer with the widths that the file has
 * @param inBase whether the layer belongs to the transformer (else to a text encoder)
 * @param row first row of the layer's output that the pair covers
 * @param rows number of rows
 * @param swapped whether the two halves of the rows are stored exchanged
 * @param down A (R, d_in)
 * @param up B (rows, R)
 * @param alpha scalar tensor; null when the file has none for this pair
 * @param defaultAlpha alpha where the tensor is absent: from the header's metadata, else the rank
 */
public record Pair(
    String module,
    Layer layer,
    boolean inBase,
    int row,
    int rows,
    boolean swapped,
    TensorInfo down,
    TensorInfo up,
    TensorInfo alpha,
    double defaultAlpha) {

  /** R. */
  public int rank() {
    return (int) down.shape()[0];
  }

  /** One past the last byte of the file that the pair needs. */
  long end() {
    final long factors = Math.max(down.end(), up.end());
    return alpha == null ? factors : Math.max(factors, alpha.end());
  }
}
