package io.loralake.jobs.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which combinations each split holds out of training: JSON lines {@code {"split": "1", "style":
 * ..., "subject": ...}}.
 */
public record Splits(Map<String, Set<String>> heldOut) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException when there is none, or a line lacks something
   */
  public static Splits read(final Path file) throws IOException {
    final Map<String, Set<String>> heldOut = new TreeMap<>();
    try (MappingIterator<JsonNode> rows =
        JSON.readerFor(JsonNode.class).readValues(file.toFile())) {
      while (rows.hasNextValue()) {
        final JsonNode row = rows.nextValue();
        if (!row.hasNonNull("split") || !row.hasNonNull("style") || !row.hasNonNull("subject")) {
          throw new IllegalArgumentException(
              "%s: a line lacks split, style or subject: %s".formatted(file, row));
        }
        heldOut
            .computeIfAbsent(row.path("split").asText(), key -> new TreeSet<>())
            .add(row.path("style").asText() + "/" + row.path("subject").asText());
      }
    } catch (final JsonProcessingException e) {
      throw new IllegalArgumentException(
          file + " has a line that is no combination: " + e.getOriginalMessage(), e);
    }
    if (heldOut.isEmpty()) {
      throw new IllegalArgumentException(file + " has no split");
    }
    return new Splits(heldOut);
  }

  /**
   * So many subjects of each style, other ones in each split as far as there are any; at most half
   * of a style, so that something is left to learn from. Fewer splits where one would come again.
   */
  public static Splits make(final List<TruthAdapter> truth, final int splits, final int subjects) {
    final Map<String, Set<String>> heldOut = new TreeMap<>();
    final Map<String, Set<String>> byStyle = new TreeMap<>();
    truth.forEach(
        it -> byStyle.computeIfAbsent(it.style(), key -> new TreeSet<>()).add(it.combination()));
    byStyle.forEach(
        (style, combinations) -> {
          final List<String> order = new ArrayList<>(combinations);
          Collections.shuffle(order, new Random(style.hashCode()));
          final int each = Math.min(subjects, order.size() / 2);
          for (int i = 0; i < splits * each; i++) {
            heldOut
                .computeIfAbsent(String.valueOf(1 + i / each), key -> new TreeSet<>())
                .add(order.get(i % order.size()));
          }
        });
    final Set<Set<String>> told = new HashSet<>();
    heldOut.values().removeIf(held -> !told.add(held));
    if (heldOut.isEmpty()) {
      throw new IllegalArgumentException(
          "No split can be made: each style has one subject alone, so that nothing of it would be"
              + " left to learn from");
    }
    return new Splits(heldOut);
  }

  /**
   * Sees to it that each split can be measured.
   *
   * @param file that they were read from
   * @throws IllegalArgumentException when one holds out no complete adapter, or all
   */
  public void requireFitting(final Path file, final List<TruthAdapter> truth) {
    heldOut.forEach(
        (split, held) -> {
          if (truth.stream().noneMatch(it -> it.isFull() && held.contains(it.combination()))) {
            throw new IllegalArgumentException(
                "%s: split %s holds out no style and subject of a complete adapter of the truth table"
                    .formatted(file, split));
          }
          if (truth.stream().allMatch(it -> held.contains(it.combination()))) {
            throw new IllegalArgumentException(
                "%s: split %s holds out all adapters of the truth table, none is left to learn from"
                    .formatted(file, split));
          }
        });
  }

  /** Writes the file that {@link #read} takes. */
  public void write(final Path file) throws IOException {
    final List<String> lines = new ArrayList<>();
    heldOut.forEach(
        (split, combinations) ->
            combinations.forEach(
                combination -> {
                  final String[] parts = combination.split("/", 2);
                  lines.add(
                      JSON.createObjectNode()
                          .put("split", split)
                          .put("style", parts[0])
                          .put("subject", parts[1])
                          .toString());
                }));
    AtomicFile.writeLines(file, lines);
  }
}
