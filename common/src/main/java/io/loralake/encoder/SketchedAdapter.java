package io.loralake.encoder;

/**
 * Everything that the catalog keeps of an adapter's numbers.
 *
 * @param id SHA-256 of the file's bytes
 * @param norms Frobenius norm of each layer's update, in the order of the layer table; 0 where
 *     absent
 */
public record SketchedAdapter(String id, Sketch sketch, float[] norms) {

  /** Frobenius norm of the whole update. */
  public double strength() {
    double squares = 0;
    for (final float norm : norms) {
      squares += (double) norm * norm;
    }
    return Math.sqrt(squares);
  }
}
