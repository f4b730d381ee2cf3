package io.loralake.jobs.evaluate;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known of an adapter: a line of the truth table.
 *
 * @param file name, URI or adapter id
 * @param kind {@code full}, or what is unusual about it
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TruthAdapter(
    String file, String style, String subject, String kind, List<String> captions) {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY);

  /** Captions that say nothing are none. */
  public TruthAdapter {
    if (captions != null) {
      captions = captions.stream().filter(text -> text != null && !text.isBlank()).toList();
    }
  }

  /**
   * All lines of a truth table.
   *
   * @throws IllegalArgumentException when there is none, or one is no such line
   */
  static List<TruthAdapter> parse(final String table, final List<String> lines) {
    final List<TruthAdapter> all = new ArrayList<>();
    for (final String line : lines) {
      final TruthAdapter one;
      try {
        one = JSON.readValue(line, TruthAdapter.class);
      } catch (final JsonProcessingException e) {
        throw new IllegalArgumentException(
            table + " has a line that is no adapter: " + e.getOriginalMessage(), e);
      }
      if (one.file == null || one.style == null || one.subject == null || one.captions == null) {
        throw new IllegalArgumentException(
            "%s: a line lacks file, style, subject or captions: %s".formatted(table, line));
      }
      all.add(one);
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException(table + " has no adapter");
    }
    return all;
  }

  /**
   * For who asks with captions.
   *
   * @throws IllegalArgumentException naming the adapter that has none
   */
  public void requireCaption(final String table) {
    if (captions.isEmpty()) {
      throw new IllegalArgumentException(
          table + ": " + file + " has no caption to ask for it with");
    }
  }

  /** Whether nothing about it is unusual. */
  public boolean isFull() {
    return kind == null || kind.equals("full");
  }

  /** Names the combination. */
  public String combination() {
    return style + "/" + subject;
  }
}
