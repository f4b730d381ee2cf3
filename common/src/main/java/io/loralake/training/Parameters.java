package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Float32 arrays by name, all of one manager. */
public final class Parameters {
  private Parameters() {}

  /** A new array for each, made by {@code make}, on {@code manager}. */
  public static Map<String, NDArray> map(
      final Map<String, NDArray> arrays,
      final NDManager manager,
      final UnaryOperator<NDArray> make) {
    final Map<String, NDArray> made = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          final NDArray result = make.apply(array);
          result.attach(manager);
          made.put(name, result);
        });
    return made;
  }

  /** Writes the numbers of {@code source} into the memory of {@code target}, of the same shape. */
  public static void copy(final NDArray source, final NDArray target) {
    target.set(new NDIndex("..."), source);
  }

  /** Writes the numbers of each of {@code source} into its namesake. */
  public static void copy(final Map<String, NDArray> source, final Map<String, NDArray> target) {
    source.forEach((name, array) -> copy(array, target.get(name)));
  }
}
