package io.loralake.jobs.search;

import io.loralake.retrieval.ExactSearch;
import io.loralake.retrieval.Hit;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Some embeddings of a catalog, one for each group of equal updates, in the order of their ids. */
final class EmbeddingBlock implements Serializable {
  private final String[] ids;
  private final String[] uris;
  private final float[] values; // (n, E)
  private final int width;

  /** An adapter that can be found. */
  record Entry(String adapterId, String uri, float[] vector) {}

  /**
   * @param entries at least one, in any order
   */
  EmbeddingBlock(final List<Entry> entries) {
    final List<Entry> ordered =
        entries.stream().sorted(Comparator.comparing(Entry::adapterId)).toList();
    this.ids = ordered.stream().map(Entry::adapterId).toArray(String[]::new);
    this.uris = ordered.stream().map(Entry::uri).toArray(String[]::new);
    this.width = ordered.get(0).vector().length;
    this.values = new float[ordered.size() * width];
    for (int i = 0; i < ordered.size(); i++) {
      System.arraycopy(ordered.get(i).vector(), 0, values, i * width, width);
    }
  }

  int size() {
    return ids.length;
  }

  /** The k best for each query (Q, E), best first. */
  List<List<FoundAdapter>> search(final float[][] queries, final int k) {
    final List<float[]> rows = new ArrayList<>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      rows.add(Arrays.copyOfRange(values, i * width, (i + 1) * width));
    }
    try (ExactSearch search = ExactSearch.of(rows, width)) {
      return search.topK(queries, k).stream().map(this::found).toList();
    }
  }

  private List<FoundAdapter> found(final List<Hit> hits) {
    return hits.stream()
        .map(hit -> new FoundAdapter(ids[hit.row()], uris[hit.row()], hit.score()))
        .toList();
  }
}
