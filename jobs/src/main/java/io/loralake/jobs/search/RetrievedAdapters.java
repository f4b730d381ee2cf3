package io.loralake.jobs.search;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.runtime.SentenceEncoders;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/**
 * What retrieval gives for one prompt, with all that gates want to know.
 *
 * @param encoder id of the encoder that the vectors are of
 * @param prompt vector of the prompt, (E)
 * @param adapters best first
 */
public record RetrievedAdapters(String encoder, float[] prompt, List<Entry> adapters) {

  /**
   * One adapter.
   *
   * @param score similarity to the prompt
   * @param embedding by a head that did not learn from it, where there is one, (E)
   */
  public record Entry(String id, String uri, double score, float[] embedding) {}

  /**
   * Looks the adapters of prompts up, all prompts at once.
   *
   * @throws IllegalArgumentException as {@link SearchJob#prompts}
   */
  public static List<RetrievedAdapters> of(
      final SparkSession spark, final SearchOptions options, final List<String> prompts)
      throws IOException {
    final List<List<FoundAdapter>> found = new SearchJob(spark, options).prompts(prompts);
    final AdapterIndex index = AdapterIndex.open(spark, options);
    final float[][] vectors =
        index
            .artifact()
            .texts()
            .embed(SentenceEncoders.get(index.textEncoder()).sentences(prompts));
    final String id = index.artifact().card().id();
    final Map<String, float[]> embeddings =
        EmbeddingRows.vectors(
            EmbeddingRows.unseen(new Catalog(spark, options.catalog()).read("embeddings"), id),
            found.stream()
                .flatMap(List::stream)
                .map(FoundAdapter::adapterId)
                .collect(Collectors.toSet()));
    final List<RetrievedAdapters> all = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      all.add(
          new RetrievedAdapters(
              id,
              vectors[i],
              found.get(i).stream()
                  .map(
                      it ->
                          new Entry(
                              it.adapterId(), it.uri(), it.score(), embeddings.get(it.adapterId())))
                  .toList()));
    }
    return all;
  }
}
