package io.loralake.jobs.search;

import java.util.Map;
import java.util.OptionalLong;

/**
 * How adapters are looked for.
 *
 * @param k how many are wanted for each prompt
 * @param filters as {@link SearchFilters} takes them
 * @param asOf version of the embeddings; empty: the newest
 * @param hybrid weight of the adapters' own captions beside their weights, 0 to 1
 * @param text name of the text encoder
 */
public record SearchOptions(
    String catalog,
    int k,
    Map<String, String> filters,
    OptionalLong asOf,
    double hybrid,
    String text) {}
