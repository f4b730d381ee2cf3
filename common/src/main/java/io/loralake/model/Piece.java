package io.loralake.model;

import java.util.List;

/**
 * A range of rows of a stored tensor. A model's weight is made of one or more pieces, one below the
 * other.
 *
 * @param tensor its name in the checkpoint
 * @param part which of the {@code parts} equal row ranges, from 0
 */
public record Piece(String tensor, int part, int parts) {

  /** The whole tensor. */
  public static Piece whole(final String tensor) {
    return new Piece(tensor, 0, 1);
  }

  /** The tensor with its upper and lower half exchanged. */
  public static List<Piece> halvesSwapped(final String tensor) {
    return List.of(new Piece(tensor, 1, 2), new Piece(tensor, 0, 2));
  }
}
