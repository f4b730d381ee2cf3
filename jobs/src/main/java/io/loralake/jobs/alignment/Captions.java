package io.loralake.jobs.alignment;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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
   * One entry for each update: a head that learns from one of its copies knows the others.
   *
   * @param captions by id
   * @return the first of each family, with all its texts
   */
  static List<Captions> united(final List<Captions> captions) {
    final Map<String, Captions> united = new LinkedHashMap<>();
    captions.forEach(each -> united.merge(each.family, each, Captions::with));
    return List.copyOf(united.values());
  }

  private Captions with(final Captions copy) {
    final List<String> all = Stream.concat(texts.stream(), copy.texts.stream()).distinct().toList();
    final String said = group.equals(family) ? copy.group : group;
    return new Captions(adapterId, family, said, all, Math.max(weight, copy.weight));
  }

  /**
   * The texts' vectors (D).
   *
   * @param known vectors by text
   */
  List<float[]> vectors(final Map<String, float[]> known) {
    return texts.stream().map(known::get).toList();
  }
}
