package io.loralake.jobs.alignment;

import io.loralake.alignment.BatchFacts;
import io.loralake.alignment.CachedGradients;
import io.loralake.alignment.ContrastiveGradients;
import io.loralake.alignment.ContrastiveHead;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.ContrastiveProjection;
import io.loralake.alignment.ContrastiveRow;
import io.loralake.alignment.ContrastiveShard;
import io.loralake.alignment.GramBlock;
import io.loralake.alignment.LocalGradients;
import io.loralake.alignment.TrainedHead;
import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.catalog.Catalog;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The contrastive head of more adapters than one machine holds: principal components by passes over
 * the sketches, which never leave the executors. The driver holds captions, the head, some adapters
 * that judge it, and of some thousand adapters the rows that training draws from; of more, these
 * stay on executors as well.
 */
final class LargeContrastive {
  private static final Logger LOG = LoggerFactory.getLogger(LargeContrastive.class);

  /** A row has some 20 KB, and with all of them in the driver a step needs no Spark job. */
  private static final int ROWS_IN_DRIVER = 20_000;

  private final JavaSparkContext context;
  private final Catalog catalog;
  private final SketchLayout layout;
  private final String textEncoder;
  private final ContrastiveOptions options;
  private final int shards;

  /**
   * @param shards parts that the adapters are spread over; 0: as the catalog's files are, and
   *     training in the driver where it holds the rows
   */
  LargeContrastive(
      final SparkSession spark,
      final Catalog catalog,
      final SketchLayout layout,
      final String textEncoder,
      final ContrastiveOptions options,
      final int shards) {
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.catalog = catalog;
    this.layout = layout;
    this.textEncoder = textEncoder;
    this.options = options;
    this.shards = shards;
  }

  /** What training needs of an adapter beside its sketch. */
  private record Wanted(int number, int family, float[][] texts, double weight)
      implements Serializable {}

  /**
   * Trains.
   *
   * @param captions of the training adapters
   * @param texts vectors of all captions
   * @param judges some of the training adapters, and validation
   * @param work folder for checkpoints
   */
  TrainedHead train(
      final List<Captions> captions,
      final Map<String, float[]> texts,
      final Split judges,
      final Path work)
      throws IOException {
    final HashMap<String, Wanted> wanted = wanted(captions, texts);
    final Broadcast<HashMap<String, Wanted>> sent = context.broadcast(wanted);
    final JavaPairRDD<String, byte[]> sketches =
        sketches(sent).persist(StorageLevel.MEMORY_AND_DISK_SER());
    final ContrastiveProjection projection = projection(sketches, captions, texts);
    final JavaRDD<ContrastiveRow> rows = rows(sketches, sent, projection);
    try (ContrastiveGradients engine =
        shards == 0 && captions.size() <= ROWS_IN_DRIVER
            ? LocalGradients.of(inOrder(rows.collect()), options)
            : onExecutors(rows, facts(captions, wanted))) {
      final EncoderArtifact artifact =
          new ContrastiveHead(
                  layout, textEncoder, options, work, line -> LOG.info("train-alignment: {}", line))
              .train(
                  projection,
                  captions.size(),
                  captions.hashCode(),
                  engine,
                  judges.training(),
                  judges.validation());
      return new TrainedHead(artifact, Map.of());
    } finally {
      sketches.unpersist();
    }
  }

  private static List<ContrastiveRow> inOrder(final List<ContrastiveRow> rows) {
    return rows.stream().sorted(Comparator.comparingInt(ContrastiveRow::row)).toList();
  }

  private ContrastiveGradients onExecutors(
      final JavaRDD<ContrastiveRow> rows, final BatchFacts facts) {
    final ContrastiveOptions training = options;
    final JavaRDD<ContrastiveShard> spread =
        rows.mapPartitions(
            partition -> {
              final List<ContrastiveRow> mine = new ArrayList<>();
              partition.forEachRemaining(mine::add);
              return List.of(new ContrastiveShard(mine, training)).iterator();
            });
    return new CachedGradients(
        new SparkShards(context, spread), facts, training.learnTemperature());
  }

  private static HashMap<String, Wanted> wanted(
      final List<Captions> captions, final Map<String, float[]> texts) {
    final Map<String, Integer> families = new HashMap<>();
    final HashMap<String, Wanted> wanted = new HashMap<>();
    for (final Captions each : captions) {
      wanted.put(
          each.adapterId(),
          new Wanted(
              wanted.size(),
              families.computeIfAbsent(each.family(), family -> families.size()),
              each.vectors(texts).toArray(float[][]::new),
              each.weight()));
    }
    return wanted;
  }

  private static BatchFacts facts(final List<Captions> captions, final Map<String, Wanted> wanted) {
    final int[] families = new int[captions.size()];
    final float[] weights = new float[captions.size()];
    wanted
        .values()
        .forEach(
            adapter -> {
              families[adapter.number()] = adapter.family();
              weights[adapter.number()] = (float) adapter.weight();
            });
    return new BatchFacts(families, weights);
  }

  private JavaPairRDD<String, byte[]> sketches(final Broadcast<HashMap<String, Wanted>> sent) {
    final JavaPairRDD<String, byte[]> found = CatalogSketches.of(catalog, layout, sent);
    return shards == 0 ? found : found.repartition(shards);
  }

  private ContrastiveProjection projection(
      final JavaPairRDD<String, byte[]> sketches,
      final List<Captions> captions,
      final Map<String, float[]> texts) {
    final float[] means = CatalogSketches.means(sketches.values(), layout);
    final JavaRDD<GramBlock.Target> rows =
        sketches.values().map(sketch -> new GramBlock.Target(sketch, new float[0], 1));
    return ContrastiveProjection.of(
        layout,
        means,
        new SparkGramRows(context, rows, layout, means, options.partialWeight(), 0)::gram,
        captions.stream().map(it -> TrainingAdapter.mean(it.vectors(texts))).toList(),
        options,
        line -> LOG.info("train-alignment: {}", line));
  }

  private JavaRDD<ContrastiveRow> rows(
      final JavaPairRDD<String, byte[]> sketches,
      final Broadcast<HashMap<String, Wanted>> sent,
      final ContrastiveProjection projection) {
    final boolean partial = options.partial() > 0;
    return sketches.mapPartitions(
        partition -> {
          final List<ContrastiveRow> rows = new ArrayList<>();
          try (ContrastiveProjection.Projector projector = projection.open(partial)) {
            partition.forEachRemaining(
                sketch -> {
                  final Wanted mine = sent.value().get(sketch._1);
                  rows.add(
                      projector.row(
                          mine.number(),
                          mine.family(),
                          sketch._2,
                          List.of(mine.texts()),
                          mine.weight()));
                });
          }
          return rows.iterator();
        });
  }
}
