package io.loralake.jobs.alignment;

import io.loralake.alignment.RidgeTraining;
import io.loralake.alignment.TrainedHead;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.catalog.Catalog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** A training of either head. */
final class HeadTraining {
  private final SparkSession spark;
  private final TrainingOptions options;
  private final Catalog catalog;
  private final SketchLayout layout;
  private final String textEncoder;
  private final Split split;
  private final Path work;

  /**
   * @param catalog at the version that the training began with
   * @param textEncoder fingerprint of what made the texts' vectors
   * @param split all adapters, or where they are too many for this machine a sample of them
   * @param work folder for checkpoints
   */
  HeadTraining(
      final SparkSession spark,
      final TrainingOptions options,
      final Catalog catalog,
      final SketchLayout layout,
      final String textEncoder,
      final Split split,
      final Path work) {
    this.spark = spark;
    this.options = options;
    this.catalog = catalog;
    this.layout = layout;
    this.textEncoder = textEncoder;
    this.split = split;
    this.work = work;
  }

  /** On this machine. */
  TrainedHead here(final String head) throws IOException {
    return head.equals(RidgeTraining.HEAD)
        ? RidgeTraining.train(split.training(), layout, textEncoder, options.ridge())
        : new FoldedTraining(JavaSparkContext.fromSparkContext(spark.sparkContext()), options)
            .train(split, layout, textEncoder, work);
  }

  /**
   * On executors, which alone see all adapters.
   *
   * @param vectors of the captions' texts
   */
  TrainedHead large(
      final String head, final List<Captions> captions, final Map<String, float[]> vectors)
      throws IOException {
    return head.equals(RidgeTraining.HEAD)
        ? new LargeRidge(spark, catalog, layout, textEncoder, options.ridge())
            .train(captions, vectors, split.training())
        : new LargeContrastive(
                spark, catalog, layout, textEncoder, options.contrastive(), options.shards())
            .train(captions, vectors, split, work);
  }
}
