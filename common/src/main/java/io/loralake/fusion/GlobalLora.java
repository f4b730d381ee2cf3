package io.loralake.fusion;

import io.loralake.adapter.Adapter;
import io.loralake.adapter.CanonicalForm;
import io.loralake.adapter.LowRank;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What several adapters have in common: per layer the rank-q truncated SVD of the sum of their
 * updates, computed from the factors alone (AutoLoRA, arXiv 2508.02107).
 */
public final class GlobalLora {
  private GlobalLora() {}

  /**
   * The adapter called {@code id} with the best approximation of rank {@code rank} of each layer's
   * sum; layers follow the order in which the adapters name them first.
   *
   * @param rank q, at least 1; a layer whose sum has a smaller rank keeps that
   */
  public static Adapter of(final String id, final List<Adapter> adapters, final int rank) {
    final Map<String, List<LowRank>> terms = new LinkedHashMap<>();
    for (final Adapter adapter : adapters) {
      adapter
          .layers()
          .forEach(
              (layer, update) ->
                  terms.computeIfAbsent(layer, name -> new ArrayList<>()).add(update));
    }
    final Map<String, LowRank> layers = new LinkedHashMap<>();
    terms.forEach(
        (layer, updates) ->
            layers.put(layer, CanonicalForm.of(LowRank.sum(updates)).truncate(rank)));
    return new Adapter(id, layers);
  }
}
