package io.loralake.jobs.search;

import java.util.Map;
import java.util.OptionalLong;

/**
 * How adapters are looked for.
 *
 * @param k how many are wanted for each prompt
 * @param filters as {@link SearchFilters} takes them
 * @param asOf version of the embeddings; empty: the newest
 * @param adaptersAsOf version of the adapters; empty: the newest
 * @param hybrid weight of the adapters' own captions beside their weights, 0 to 1
 * @param text name of the text encoder
 */
public record SearchOptions(
    String catalog,
    int k,
    Map<String, String> filters,
    OptionalLong asOf,
    OptionalLong adaptersAsOf,
    double hybrid,
    String text) {

  /** Of the adapters as they are now. */
  public SearchOptions(
      final String catalog,
      final int k,
      final Map<String, String> filters,
      final OptionalLong asOf,
      final double hybrid,
      final String text) {
    this(catalog, k, filters, asOf, OptionalLong.empty(), hybrid, text);
  }
}
