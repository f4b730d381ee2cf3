package io.loralake.model;

import java.util.List;

/** How a checkpoint calls the weights of a model. */
@FunctionalInterface
public interface WeightNaming {
  /** The checkpoint uses the model's own names. */
  WeightNaming SAME = name -> List.of(Piece.whole(name));

  /** The stored pieces that make up the model's weight {@code name}, top to bottom. */
  List<Piece> pieces(String name);

  /** Whether a stored tensor that is no weight of the model may be there all the same. */
  default boolean isIgnorable(final String tensor) {
    return false;
  }
}
