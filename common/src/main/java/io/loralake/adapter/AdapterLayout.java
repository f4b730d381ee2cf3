package io.loralake.adapter;

import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.TensorInfo;
import java.util.Comparator;
import java.util.List;

/**
 * Everything that an adapter file's header tells: which tensors pair up, where each pair goes, and
 * what is left over. No tensor data is needed to make one.
 *
 * @param pairs in the order in which the file completes them
 * @param mustBeZero tensors that the canonical form cannot hold; the file is refused when one of
 *     them is not zero
 */
public record AdapterLayout(List<Pair> pairs, List<MustBeZero> mustBeZero, ReadReport report) {

  public AdapterLayout {
    pairs = pairs.stream().sorted(Comparator.comparingLong(Pair::end)).toList();
    mustBeZero = List.copyOf(mustBeZero);
  }

  /** A tensor that may only be zero, and what the file is refused with otherwise. */
  public record MustBeZero(TensorInfo tensor, RejectedException otherwise) {}
}
