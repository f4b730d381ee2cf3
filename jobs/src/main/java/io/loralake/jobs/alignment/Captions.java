package io.loralake.jobs.alignment;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * What people say that one adapter does.
 *
 * @param family stands for all adapters that are the same update
 * @param group adapters of one group are never split between training and validation
 * @param weight how much the adapter counts in training
 */
public record Captions(
    String adapterId, String family, String group, List<String> texts, double weight)
    implements Serializable {

  /**
   * The texts' vectors (D).
   *
   * @param known vectors by text
   */
  List<float[]> vectors(final Map<String, float[]> known) {
    return texts.stream().map(known::get).toList();
  }
}
