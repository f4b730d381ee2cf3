package io.loralake.fusion;

/**
 * An adapter, the strength that a user asked for, and what it is for.
 *
 * @param scale 1 is the adapter as it was trained
 * @param embedding what an encoder says of it, (E); null where no gate asks for it
 */
public record ScaledAdapter(LoadedAdapter adapter, double scale, float[] embedding) {
  public ScaledAdapter(final LoadedAdapter adapter, final double scale) {
    this(adapter, scale, null);
  }

  ScaledAdapter times(final double factor) {
    return factor == 1 ? this : new ScaledAdapter(adapter, scale * factor, embedding);
  }
}
