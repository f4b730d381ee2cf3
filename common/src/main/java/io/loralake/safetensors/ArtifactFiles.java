package io.loralake.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The two files of something that was trained: {@code ID.safetensors} with its weights, and its
 * card {@code ID.json} beside it.
 */
public record ArtifactFiles(Path weights, Path card) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Those that a version has in a folder. */
  public static ArtifactFiles in(final Path folder, final String id) {
    return of(folder.resolve(id + ".json"));
  }

  /** Both, by either of them. */
  public static ArtifactFiles of(final Path either) {
    final String stem = stem(either.toString());
    return new ArtifactFiles(Path.of(stem + ".safetensors"), Path.of(stem + ".json"));
  }

  /** What the names of both begin with, by the name of either. */
  public static String stem(final String either) {
    return either.replaceFirst("\\.(json|safetensors)$", "");
  }

  /** Writes both; the card last, whole or not at all. */
  public void write(final Map<String, TensorData> tensors, final Object content)
      throws IOException {
    SafetensorsWriter.write(weights, tensors, Map.of());
    final String told = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(content) + "\n";
    AtomicFile.writeText(card, told);
  }

  /**
   * Reads the card.
   *
   * @param what has such cards, in words
   * @param isComplete whether a card has what it must have
   * @throws IllegalArgumentException when it is no such card
   */
  public <T> T readCard(final Class<T> type, final String what, final Predicate<T> isComplete)
      throws IOException {
    try {
      final T content = JSON.readValue(Files.readAllBytes(card), type);
      if (content == null || !isComplete.test(content)) {
        throw new IllegalArgumentException(
            card + " is not the card of " + what + ": it is incomplete");
      }
      return content;
    } catch (final JsonProcessingException e) {
      throw new IllegalArgumentException(
          card + " is not the card of " + what + ": " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Checks that the two belong together.
   *
   * @param told the id that the card says
   * @param found the id of what was read
   * @throws IllegalArgumentException when they differ
   */
  public void requireSame(final String told, final String found) {
    if (!told.equals(found)) {
      throw new IllegalArgumentException(
          "%s: card and weights do not belong together: the card says %s, the content is %s"
              .formatted(stem(card.toString()), told, found));
    }
  }
}
