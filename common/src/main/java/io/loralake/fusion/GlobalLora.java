package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.CanonicalForm;
import io.loralake.adapter.LowRank;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;
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

  /**
   * The same of loaded adapters, scales included, on their device: only Gram matrices of the
   * factors, R x R, are taken apart. Its embedding is the mean of theirs.
   *
   * @param parent owner of the result
   */
  static ScaledAdapter of(
      final NDManager parent, final List<ScaledAdapter> adapters, final int rank) {
    final NDManager manager = parent.newSubManager();
    final Precision precision = adapters.get(0).adapter().precision();
    final Map<String, List<ScaledAdapter>> terms = new LinkedHashMap<>();
    for (final ScaledAdapter term : adapters) {
      for (final String layer : term.adapter().layers().keySet()) {
        terms.computeIfAbsent(layer, name -> new ArrayList<>()).add(term);
      }
    }
    final Map<String, Factors> layers = new LinkedHashMap<>();
    terms.forEach(
        (layer, having) -> layers.put(layer, common(layer, having, manager, precision, rank)));
    return new ScaledAdapter(
        new LoadedAdapter("global", manager, precision, layers), 1, meanEmbedding(adapters));
  }

  private static Factors common(
      final String layer,
      final List<ScaledAdapter> terms,
      final NDManager manager,
      final Precision precision,
      final int rank) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDList a = new NDList();
      final NDList b = new NDList();
      for (final ScaledAdapter term : terms) {
        final Factors factors = term.adapter().layers().get(layer);
        a.add(Precision.F32.of(factors.a()));
        b.add(TorchOps.scaled(Precision.F32.of(factors.denseB(manager, precision)), term.scale()));
      }
      final NDList truncated =
          TorchOps.truncatedProduct(Factors.join(b, 1), Factors.join(a, 0), rank);
      final NDArray up = kept(precision.of(truncated.get(0)), manager); // (d_out, q)
      final NDArray down = kept(precision.of(truncated.get(1)), manager); // (q, d_in)
      final int outDim = (int) up.size(0);
      final Block whole = new Block(0, outDim, 0, (int) up.size(1));
      return new Factors(outDim, down, List.of(new Factors.Part(whole, up)));
    }
  }

  private static NDArray kept(final NDArray array, final NDManager manager) {
    NDScope.unregister(array);
    array.attach(manager);
    return array;
  }

  private static float[] meanEmbedding(final List<ScaledAdapter> adapters) {
    if (adapters.stream().anyMatch(term -> term.embedding() == null)) {
      return null;
    }
    final float[] mean = new float[adapters.get(0).embedding().length];
    for (final ScaledAdapter term : adapters) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += term.embedding()[i] / adapters.size();
      }
    }
    return mean;
  }
}
