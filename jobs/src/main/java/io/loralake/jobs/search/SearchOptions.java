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
 * @param maxSimilarity as {@link SimilarityLimit} takes it; 1: none
 */
public record SearchOptions(
    String catalog,
    int k,
    Map<String, String> filters,
    OptionalLong asOf,
    OptionalLong adaptersAsOf,
    double hybrid,
    String text,
    double maxSimilarity) {

  /** Of the adapters as they are now, however alike. */
  public SearchOptions(
      final String catalog,
      final int k,
      final Map<String, String> filters,
      final OptionalLong asOf,
      final double hybrid,
      final String text) {
    this(catalog, k, filters, asOf, OptionalLong.empty(), hybrid, text, 1);
  }

  public SearchOptions withMaxSimilarity(final double cosine) {
    return new SearchOptions(catalog, k, filters, asOf, adaptersAsOf, hybrid, text, cosine);
  }
}
