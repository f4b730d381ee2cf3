package io.loralake.jobs.alignment;

import ai.djl.ndarray.NDManager;
import io.loralake.alignment.GramBlock;
import io.loralake.alignment.RidgeTraining;
import io.loralake.alignment.TrainedHead;
import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.tensor.PyTorch;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ridge head of more adapters than one machine holds: lambda and the texts' space by
 * leave-one-out on a sample, the weights by conjugate gradients whose steps are Spark passes over
 * the sketches.
 */
final class LargeRidge {
  private static final Logger LOG = LoggerFactory.getLogger(LargeRidge.class);

  private final JavaSparkContext context;
  private final Catalog catalog;
  private final SketchLayout layout;
  private final String textEncoder;
  private final RidgeTraining.Options options;

  LargeRidge(
      final SparkSession spark,
      final Catalog catalog,
      final SketchLayout layout,
      final String textEncoder,
      final RidgeTraining.Options options) {
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.catalog = catalog;
    this.layout = layout;
    this.textEncoder = textEncoder;
    this.options = options;
  }

  /** What an adapter is to become, and how much it counts. */
  private record Wanted(float[] target, double weight) implements Serializable {}

  /**
   * Trains.
   *
   * @param captions of the training adapters
   * @param texts vectors of all captions
   * @param sample some of the training adapters
   */
  TrainedHead train(
      final List<Captions> captions,
      final Map<String, float[]> texts,
      final List<TrainingAdapter> sample) {
    final RidgeTraining.Settings settings = RidgeTraining.settings(sample, layout, options);
    final List<float[]> means =
        captions.stream().map(it -> TrainingAdapter.mean(it.vectors(texts))).toList();
    try (NDManager manager = PyTorch.manager()) {
      final float[][] targets = settings.space().map(means.toArray(float[][]::new), manager);
      final HashMap<String, Wanted> wanted = new HashMap<>();
      for (int i = 0; i < targets.length; i++) {
        wanted.put(captions.get(i).adapterId(), new Wanted(targets[i], captions.get(i).weight()));
      }
      final JavaRDD<GramBlock.Target> rows =
          rows(wanted).persist(StorageLevel.MEMORY_AND_DISK_SER());
      try {
        final float[] features = CatalogSketches.means(rows.map(GramBlock.Target::sketch), layout);
        final EncoderArtifact artifact =
            RidgeTraining.train(
                new SparkGramRows(
                    context,
                    rows,
                    layout,
                    features,
                    options.partialWeight(),
                    settings.space().dimension()),
                captions.size(),
                layout,
                textEncoder,
                settings,
                features,
                options,
                line -> LOG.info("train-alignment: {}", line));
        return new TrainedHead(artifact, Map.of());
      } finally {
        rows.unpersist();
      }
    }
  }

  private JavaRDD<GramBlock.Target> rows(final HashMap<String, Wanted> wanted) {
    final Broadcast<HashMap<String, Wanted>> sent = context.broadcast(wanted);
    return CatalogSketches.of(catalog, layout, sent)
        .map(
            sketch -> {
              final Wanted mine = sent.value().get(sketch._1);
              return new GramBlock.Target(sketch._2, mine.target(), mine.weight());
            });
  }
}
