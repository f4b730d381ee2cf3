package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The state of a run between two steps: groups of float32 arrays ({@code weights}, {@code means},
 * ...), written as one safetensors file under a temporary name and renamed. What a run was made
 * with stands in the metadata: a checkpoint of another run is refused.
 */
public final class TrainingCheckpoint {
  private static final String STEP = "step";
  private static final String RUN = "run";

  private final Path path;
  private final String run;

  /**
   * @param run everything that the result depends on (options, data), as text
   */
  public TrainingCheckpoint(final Path path, final String run) {
    this.path = path;
    this.run = run;
  }

  /** Writes the state after {@code step} steps. */
  public void save(final int step, final Map<String, Map<String, NDArray>> groups)
      throws IOException {
    save(step, groups, Map.of());
  }

  /** As above, with what {@link #notes} is to tell. */
  void save(
      final int step,
      final Map<String, Map<String, NDArray>> groups,
      final Map<String, String> notes)
      throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    groups.forEach(
        (group, arrays) ->
            arrays.forEach(
                (name, array) ->
                    tensors.put(
                        group + "/" + name,
                        TensorData.ofFloats(floats(array), array.getShape().getShape()))));
    final Map<String, String> metadata = new LinkedHashMap<>(notes);
    metadata.put(STEP, String.valueOf(step));
    metadata.put(RUN, run);
    SafetensorsWriter.write(path, tensors, metadata);
  }

  /** What was saved beside the state; empty when there is no checkpoint yet. */
  Map<String, String> notes() throws IOException {
    if (!Files.exists(path)) {
      return Map.of();
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return file.header().metadata();
    }
  }

  /**
   * DJL would keep the copy in host memory that it makes of an array on a GPU until training ends.
   */
  private static float[] floats(final NDArray array) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return array.toFloatArray();
    }
  }

  /**
   * Fills the groups' arrays with a saved state.
   *
   * @return how many steps it has behind it; 0 when there is no checkpoint yet
   * @throws IllegalArgumentException when the checkpoint belongs to another run
   */
  public int restore(final Map<String, Map<String, NDArray>> groups) throws IOException {
    if (!Files.exists(path)) {
      return 0;
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      final String saved = file.header().metadata().getOrDefault(RUN, "nothing");
      if (!run.equals(saved)) {
        throw new IllegalArgumentException(
            ("%s is the checkpoint of another run: give this run another folder, or the options and"
                    + " data of that one; it was made with %s, this run has %s")
                .formatted(path, difference(saved, run), difference(run, saved)));
      }
      for (final Map.Entry<String, Map<String, NDArray>> group : groups.entrySet()) {
        for (final Map.Entry<String, NDArray> array : group.getValue().entrySet()) {
          fill(array.getValue(), file, group.getKey() + "/" + array.getKey());
        }
      }
      return Integer.parseInt(file.header().metadata().get(STEP));
    }
  }

  /** The words of a text that another lacks, each after the one that may say what it is of. */
  private static String difference(final String text, final String other) {
    final String[] words = text.split(" ");
    final String[] others = other.split(" ");
    if (words.length != others.length) {
      return text;
    }
    return IntStream.range(0, words.length)
        .filter(i -> !words[i].equals(others[i]))
        .mapToObj(i -> i == 0 ? words[i] : words[i - 1] + " " + words[i])
        .collect(Collectors.joining(" ... "));
  }

  private static void fill(final NDArray array, final SafetensorsFile file, final String name)
      throws IOException {
    final float[] values = file.floats(name);
    final Shape shape = array.getShape();
    try (NDManager manager = array.getManager().newSubManager();
        NDArray saved = manager.create(values, shape)) {
      Parameters.copy(saved, array);
    }
  }
}
