package io.loralake.jobs.alignment;

import io.loralake.alignment.BatchFacts;
import io.loralake.alignment.CachedGradients;
import io.loralake.alignment.ContrastiveGradients;
import io.loralake.alignment.ContrastiveHead;
import io.loralake.alignment.ContrastiveRow;
import io.loralake.alignment.LocalGradients;
import io.loralake.alignment.SpaceRotation;
import io.loralake.alignment.TrainedHead;
import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.SketchLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains the contrastive head, and then without each fold in turn, so that every training adapter
 * is embedded by a head that has not seen it.
 */
final class FoldedTraining {
  private static final Logger LOG = LoggerFactory.getLogger(FoldedTraining.class);

  private final JavaSparkContext context;
  private final TrainingOptions options;

  FoldedTraining(final JavaSparkContext context, final TrainingOptions options) {
    this.context = context;
    this.options = options;
  }

  /**
   * Trains the head, and once more for each fold.
   *
   * @param work folder for checkpoints
   */
  TrainedHead train(
      final Split split, final SketchLayout layout, final String textEncoder, final Path work)
      throws IOException {
    final EncoderArtifact artifact =
        new ContrastiveHead(
                layout,
                textEncoder,
                options.contrastive(),
                work,
                line -> LOG.info("train-alignment: {}", line))
            .train(split.training(), split.validation(), this::engine);
    final Map<String, float[]> outOfFold = new HashMap<>();
    final int folds = folds(split.training());
    for (int fold = 0; fold < folds; fold++) {
      LOG.info("train-alignment: fold {} of {}", fold + 1, folds);
      final Split parts = fold(split.training(), fold, folds);
      final EncoderArtifact other =
          new ContrastiveHead(
                  layout, textEncoder, options.contrastive(), work.resolve("fold-" + fold), l -> {})
              .train(parts.training(), List.of(), this::engine);
      outOfFold.putAll(vectorsIn(artifact, other, parts));
    }
    return new TrainedHead(artifact, outOfFold);
  }

  /**
   * What a fold's encoder says of the adapters that it has not seen, turned into the space of the
   * main one by what both say of the captions that both have seen.
   */
  private static Map<String, float[]> vectorsIn(
      final EncoderArtifact main, final EncoderArtifact other, final Split parts) {
    final float[][] texts =
        parts.training().stream().flatMap(it -> it.texts().stream()).toArray(float[][]::new);
    try (AdapterEncoder into = main.open();
        AdapterEncoder from = other.open()) {
      final SpaceRotation rotation =
          SpaceRotation.between(from.embedTexts(texts), into.embedTexts(texts));
      final Map<String, float[]> byId = new HashMap<>();
      vectors(from, parts.validation())
          .forEach((id, vector) -> byId.put(id, vector == null ? null : rotation.apply(vector)));
      return byId;
    }
  }

  /** As many as there are groups at most; none where all adapters are of one. */
  private int folds(final List<TrainingAdapter> adapters) {
    final long groups = adapters.stream().map(TrainingAdapter::group).distinct().count();
    if (groups == 1 && options.folds() > 0) {
      LOG.warn("all adapters are of one group: there are no embeddings by a head without them");
    }
    return groups == 1 ? 0 : (int) Math.min(options.folds(), groups);
  }

  /** Groups stay together. */
  private static Split fold(final List<TrainingAdapter> adapters, final int fold, final int folds) {
    final Map<String, Integer> order = new LinkedHashMap<>();
    adapters.forEach(it -> order.putIfAbsent(it.group(), order.size()));
    return new Split(
        adapters.stream().filter(it -> order.get(it.group()) % folds != fold).toList(),
        adapters.stream().filter(it -> order.get(it.group()) % folds == fold).toList());
  }

  private ContrastiveGradients engine(final List<ContrastiveRow> rows) {
    return options.shards() == 0
        ? LocalGradients.of(rows, options.contrastive())
        : new CachedGradients(
            SparkShards.of(context, rows, options.shards(), options.contrastive()),
            BatchFacts.of(rows),
            options.contrastive().learnTemperature());
  }

  /** What an encoder says of adapters, by id. */
  static Map<String, float[]> vectors(
      final EncoderArtifact artifact, final List<TrainingAdapter> adapters) {
    try (AdapterEncoder encoder = artifact.open()) {
      return vectors(encoder, adapters);
    }
  }

  private static Map<String, float[]> vectors(
      final AdapterEncoder encoder, final List<TrainingAdapter> adapters) {
    final Map<String, float[]> vectors = new HashMap<>();
    final float[][] rows = encoder.embed(adapters.stream().map(TrainingAdapter::sketch).toList());
    for (int i = 0; i < rows.length; i++) {
      vectors.put(adapters.get(i).id(), rows[i]);
    }
    return vectors;
  }
}
