package io.loralake.jobs.search;

import io.loralake.encoder.TextSide;
import io.loralake.jobs.runtime.Progress;
import io.loralake.jobs.runtime.SentenceEncoders;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;

/**
 * Finds adapters for prompts: exact, by the weights. Reads {@code embeddings} and {@code adapters},
 * writes nothing. One prompt is answered in this process; many are spread over tasks, to which the
 * embeddings are broadcast block by block.
 */
public final class SearchJob {
  /** Below so many prompts a Spark job costs more than it saves. */
  private static final int SPREAD_FROM = 64;

  /** So many times the wanted hits are looked at first, where hits must be apart. */
  private static final int POOL = 4;

  private final SparkSession spark;
  private final SearchOptions options;

  public SearchJob(final SparkSession spark, final SearchOptions options) {
    this.spark = spark;
    this.options = options;
  }

  /**
   * The best adapters for each prompt, best first; fewer than k where the catalog has fewer.
   *
   * @throws IllegalArgumentException as {@link AdapterIndex#open}
   */
  public List<List<FoundAdapter>> prompts(final List<String> prompts) throws IOException {
    final List<List<FoundAdapter>> found = candidates(prompts);
    requireSomething(found);
    return found;
  }

  /**
   * As {@link #prompts}, of a catalog in which there may be nothing to be found. A prompt that
   * comes several times is searched once.
   */
  public List<List<FoundAdapter>> candidates(final List<String> prompts) throws IOException {
    final List<String> distinct = prompts.stream().distinct().toList();
    final List<List<FoundAdapter>> found = candidatesOfEach(distinct);
    final Map<String, List<FoundAdapter>> byPrompt = new HashMap<>();
    for (int i = 0; i < distinct.size(); i++) {
      byPrompt.put(distinct.get(i), found.get(i));
    }
    return prompts.stream().map(byPrompt::get).toList();
  }

  private List<List<FoundAdapter>> candidatesOfEach(final List<String> prompts) throws IOException {
    final AdapterIndex index = AdapterIndex.open(spark, options);
    final String text = index.textEncoder();
    return apart(index, prompts, (some, k) -> nearest(index, some, text, k));
  }

  /**
   * The k best of each query that are apart from each other: looks at ever more until there are k,
   * or no more.
   *
   * @param search the best of some queries, so many of each, however alike
   */
  private <Q> List<List<FoundAdapter>> apart(
      final AdapterIndex index,
      final List<Q> queries,
      final BiFunction<List<Q>, Integer, List<List<FoundAdapter>>> search) {
    final int k = options.k();
    if (options.maxSimilarity() == 1) {
      return search.apply(queries, k);
    }
    final Map<Q, List<FoundAdapter>> all = new HashMap<>();
    List<Q> open = queries;
    for (int pool = POOL * k; !open.isEmpty(); pool *= POOL) {
      final List<List<FoundAdapter>> ranked = search.apply(open, pool);
      final SimilarityLimit limit =
          new SimilarityLimit(options.maxSimilarity(), index.vectors(ids(ranked)));
      final List<Q> scarce = new ArrayList<>();
      for (int i = 0; i < ranked.size(); i++) {
        final List<FoundAdapter> apart = limit.apart(ranked.get(i), k);
        all.put(open.get(i), apart);
        if (apart.size() < k && ranked.get(i).size() == pool) {
          scarce.add(open.get(i));
        }
      }
      open = scarce;
    }
    return queries.stream().map(all::get).toList();
  }

  private static Set<String> ids(final List<List<FoundAdapter>> hits) {
    return hits.stream()
        .flatMap(List::stream)
        .map(FoundAdapter::adapterId)
        .collect(Collectors.toSet());
  }

  private List<List<FoundAdapter>> nearest(
      final AdapterIndex index, final List<String> prompts, final String text, final int k) {
    if (prompts.size() >= SPREAD_FROM) {
      return spread(index, prompts, text, k);
    }
    final float[][] vectors = SentenceEncoders.get(text).sentences(prompts);
    return inProcess(index, index.artifact().texts().embed(vectors), k);
  }

  /**
   * The adapters most like one that the catalog has; itself and its equals are left out.
   *
   * @param adapter id, URI or file name
   */
  public List<FoundAdapter> like(final String adapter) throws IOException {
    final AdapterIndex index = AdapterIndex.open(spark, options);
    final AdapterIndex.Example example = index.example(adapter);
    return apart(index, List.of(example), (one, k) -> List.of(others(index, example, k))).get(0);
  }

  private List<FoundAdapter> others(
      final AdapterIndex index, final AdapterIndex.Example example, final int k) {
    final List<List<FoundAdapter>> all =
        inProcess(index, new float[][] {example.embedding()}, k + 1);
    requireSomething(all);
    final List<FoundAdapter> found = all.get(0);
    return found.stream()
        .filter(it -> !example.family().contains(it.adapterId()))
        .limit(k)
        .toList();
  }

  private static List<List<FoundAdapter>> inProcess(
      final AdapterIndex index, final float[][] queries, final int k) {
    return overBlocks(index, queries.length, k, block -> block.search(queries, k));
  }

  private List<List<FoundAdapter>> spread(
      final AdapterIndex index, final List<String> prompts, final String text, final int k) {
    final JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    final TextSide side = index.artifact().texts();
    try (Progress progress =
        new Progress(spark.sparkContext(), "search", "prompt", prompts.size())) {
      final LongAccumulator done = progress.done();
      final JavaRDD<float[]> queries =
          context
              .parallelize(prompts)
              .mapPartitions(
                  partition -> {
                    final List<String> some = new ArrayList<>();
                    partition.forEachRemaining(some::add);
                    return List.of(side.embed(SentenceEncoders.read(text, some, done))).iterator();
                  })
              .cache();
      try {
        return overBlocks(
            index, prompts.size(), k, block -> onExecutors(context, queries, block, k));
      } finally {
        queries.unpersist();
      }
    }
  }

  /** Without a shuffle, results come in the order of the queries. */
  private static List<List<FoundAdapter>> onExecutors(
      final JavaSparkContext context,
      final JavaRDD<float[]> queries,
      final EmbeddingBlock block,
      final int k) {
    final Broadcast<EmbeddingBlock> sent = context.broadcast(block);
    try {
      return queries
          .mapPartitions(
              partition -> {
                final List<float[]> some = new ArrayList<>();
                partition.forEachRemaining(some::add);
                return sent.value().search(some.toArray(float[][]::new), k).iterator();
              })
          .collect();
    } finally {
      sent.destroy();
    }
  }

  /**
   * The k best of each query in all blocks.
   *
   * @param search those in one block
   */
  private static List<List<FoundAdapter>> overBlocks(
      final AdapterIndex index,
      final int queries,
      final int k,
      final Function<EmbeddingBlock, List<List<FoundAdapter>>> search) {
    final List<List<FoundAdapter>> best = new ArrayList<>(Collections.nCopies(queries, List.of()));
    index.forEachBlock(
        block -> {
          final List<List<FoundAdapter>> found = search.apply(block);
          for (int i = 0; i < queries; i++) {
            best.set(i, FoundAdapter.best(best.get(i), found.get(i), k));
          }
        });
    return best;
  }

  private void requireSomething(final List<List<FoundAdapter>> found) {
    if (found.stream().allMatch(List::isEmpty)) {
      throw new IllegalArgumentException(
          "Nothing to be found in %s: %s"
              .formatted(
                  options.catalog(),
                  options.filters().isEmpty()
                      ? "no adapter is embedded; run 'index', then 'train-alignment'"
                      : "no adapter passes " + options.filters()));
    }
  }
}
