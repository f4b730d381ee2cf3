package io.loralake.jobs.evaluate;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * What is known of an adapter: a line of the truth table.
 *
 * @param file name, URI or adapter id
 * @param kind {@code full}, or what is unusual about it
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record TruthAdapter(String file, String style, String subject, String kind, List<String> captions) {

  /** Names the combination. */
  String combination() {
    return style + "/" + subject;
  }
}
