package io.loralake.jobs.evaluate;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What is known of an adapter: a line of the truth table.
 *
 * @param file name, URI or adapter id
 * @param kind {@code full}, or what is unusual about it
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record TruthAdapter(String file, String style, String subject, String kind, List<String> captions) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * All lines of a truth table.
   *
   * @throws IllegalArgumentException when there is none, or one is no such line
   */
  static List<TruthAdapter> readAll(final Path table) throws IOException {
    try (MappingIterator<TruthAdapter> lines =
        JSON.readerFor(TruthAdapter.class).readValues(table.toFile())) {
      final List<TruthAdapter> all = lines.readAll();
      for (final TruthAdapter one : all) {
        if (one.file == null || one.style == null || one.subject == null || one.captions == null) {
          throw new IllegalArgumentException(
              "%s: a line lacks file, style, subject or captions: %s".formatted(table, one));
        }
      }
      if (all.isEmpty()) {
        throw new IllegalArgumentException(table + " has no adapter");
      }
      return all;
    } catch (final JsonProcessingException e) {
      throw new IllegalArgumentException(
          table + " has a line that is no adapter: " + e.getOriginalMessage(), e);
    }
  }

  boolean isFull() {
    return kind == null || kind.equals("full");
  }

  /** Names the combination. */
  String combination() {
    return style + "/" + subject;
  }
}
