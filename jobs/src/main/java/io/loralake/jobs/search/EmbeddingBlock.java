package io.loralake.jobs.search;

import io.loralake.retrieval.ExactSearch;
import io.loralake.retrieval.Hit;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Some embeddings of a catalog, one for each group of equal updates, in the order of their ids. */
final class EmbeddingBlock implements Serializable {
  private final String[] ids;
  private final String[] uris;
  private final float[] values; // (n, E)
  private final int width;

  EmbeddingBlock(final List<String> ids, final List<String> uris, final List<float[]> vectors) {
    this.ids = ids.toArray(String[]::new);
    this.uris = uris.toArray(String[]::new);
    this.width = vectors.get(0).length;
    this.values = new float[vectors.size() * width];
    for (int i = 0; i < vectors.size(); i++) {
      System.arraycopy(vectors.get(i), 0, values, i * width, width);
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
