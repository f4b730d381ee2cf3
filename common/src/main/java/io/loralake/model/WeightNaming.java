package io.loralake.model;

import java.util.List;
import java.util.Set;

/** How a checkpoint calls the weights of a model. */
@FunctionalInterface
public interface WeightNaming {
  /** The checkpoint uses the model's own names. */
  WeightNaming SAME = name -> List.of(Piece.whole(name));

  /** The stored pieces that make up the model's weight {@code name}, top to bottom. */
  List<Piece> pieces(String name);

  /** Stored tensors that are no weights of the model and may be there all the same. */
  default Set<String> ignorable() {
    return Set.of();
  }
}
