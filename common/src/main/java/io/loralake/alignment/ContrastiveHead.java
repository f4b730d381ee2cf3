package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.EncoderCard;
import io.loralake.encoder.LinearWeights;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.retrieval.Recall;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;
import io.loralake.tensor.Vectors;
import io.loralake.training.OptionText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The contrastive head: principal components of the features, one linear map, and one linear map of
 * the text side, trained by {@link ContrastiveTraining}. As both maps are linear, the head ends as
 * {@link LinearWeights}.
 */
public final class ContrastiveHead {
  public static final String HEAD = "contrastive";

  /** So many captions an evaluation looks at, of training and of validation each: the first. */
  private static final int QUERIES = 500;

  private final SketchLayout layout;
  private final String textEncoder;
  private final ContrastiveOptions options;
  private final Path folder;
  private final Consumer<String> log;

  /**
   * @param textEncoder fingerprint of what made the adapters' text vectors
   * @param folder for checkpoint and curve
   * @param log is told about each evaluation
   */
  public ContrastiveHead(
      final SketchLayout layout,
      final String textEncoder,
      final ContrastiveOptions options,
      final Path folder,
      final Consumer<String> log) {
    this.layout = layout;
    this.textEncoder = textEncoder;
    this.options = options;
    this.folder = folder;
    this.log = log;
  }

  /**
   * Trains on one machine.
   *
   * @param validation adapters whose captions decide about the best step; may be empty
   */
  public EncoderArtifact train(
      final List<TrainingAdapter> adapters, final List<TrainingAdapter> validation)
      throws IOException {
    return train(adapters, validation, rows -> LocalGradients.of(rows, options));
  }

  /** As {@link #train(List, List)}, with gradients from elsewhere. */
  public EncoderArtifact train(
      final List<TrainingAdapter> adapters,
      final List<TrainingAdapter> validation,
      final Function<List<ContrastiveRow>, ContrastiveGradients> engines)
      throws IOException {
    final ContrastiveProjection projection = projection(adapters);
    final List<ContrastiveRow> rows = rows(adapters, projection, options.partial() > 0);
    try (ContrastiveGradients engine = engines.apply(rows)) {
      return train(projection, rows.size(), content(adapters), engine, rows, adapters, validation);
    }
  }

  private ContrastiveProjection projection(final List<TrainingAdapter> adapters) {
    final float[] means =
        FeatureMeans.of(
                adapters.stream().map(TrainingAdapter::sketch).iterator(),
                new SketchFeatures(layout))
            .means();
    final GramBlock block = new GramBlock(layout, means, options.partialWeight());
    final List<GramBlock.Target> rows =
        adapters.stream().map(it -> new GramBlock.Target(it.sketch(), new float[0], 1)).toList();
    return ContrastiveProjection.of(
        layout,
        means,
        p -> block.gram(rows, p),
        adapters.stream().map(TrainingAdapter::meanText).toList(),
        options,
        log);
  }

  private static List<ContrastiveRow> rows(
      final List<TrainingAdapter> adapters,
      final ContrastiveProjection projection,
      final boolean partial) {
    final Map<String, Integer> families = new HashMap<>();
    final List<ContrastiveRow> rows = new ArrayList<>();
    try (ContrastiveProjection.Projector projector = projection.open(partial)) {
      for (final TrainingAdapter adapter : adapters) {
        final int family = families.computeIfAbsent(adapter.family(), key -> families.size());
        rows.add(
            projector.row(
                rows.size(), family, adapter.sketch(), adapter.texts(), adapter.weight()));
      }
    }
    return rows;
  }

  private static int content(final List<TrainingAdapter> adapters) {
    return adapters.stream().map(ContrastiveHead::content).toList().hashCode();
  }

  private static int content(final TrainingAdapter adapter) {
    final float[][] texts = adapter.texts().toArray(float[][]::new);
    return Objects.hash(
        adapter.id(), adapter.family(), Arrays.deepHashCode(texts), adapter.weight());
  }

  /**
   * Trains on adapters that lie elsewhere.
   *
   * @param count how many there are
   * @param content hash that tells them apart from others, for checkpoints
   * @param engine has their rows
   * @param judges some of them, among which recall is looked at
   * @param validation as in {@link #train(List, List)}
   */
  public EncoderArtifact train(
      final ContrastiveProjection projection,
      final int count,
      final int content,
      final ContrastiveGradients engine,
      final List<TrainingAdapter> judges,
      final List<TrainingAdapter> validation)
      throws IOException {
    final List<ContrastiveRow> known = rows(judges, projection, false);
    return train(projection, count, content, engine, known, judges, validation);
  }

  /**
   * As above.
   *
   * @param known the judges' rows
   */
  private EncoderArtifact train(
      final ContrastiveProjection projection,
      final int count,
      final int content,
      final ContrastiveGradients engine,
      final List<ContrastiveRow> known,
      final List<TrainingAdapter> judges,
      final List<TrainingAdapter> validation)
      throws IOException {
    final String identity =
        "%s/%d %s adapters %d/%08x validation %d/%08x"
            .formatted(
                layout.probeSet(),
                layout.features(),
                textEncoder,
                count,
                content,
                validation.size(),
                content(validation));
    try (NDManager manager = PyTorch.manager()) {
      final Map<String, NDArray> parameters =
          ContrastiveModel.start(
              manager, projection.components(), projection.textMeans().length, options);
      final List<ContrastiveRow> held = rows(validation, projection, false);
      final int step =
          new ContrastiveTraining(options, folder, identity, log)
              .run(
                  manager,
                  parameters,
                  count,
                  engine,
                  current -> evaluate(current, known, held, judges, validation, manager));
      return artifact(projection, parameters, count, validation.size(), step);
    }
  }

  /** Recall of captions among all adapters, for validation and for training adapters. */
  private static Map<String, Double> evaluate(
      final Map<String, NDArray> parameters,
      final List<ContrastiveRow> rows,
      final List<ContrastiveRow> held,
      final List<TrainingAdapter> adapters,
      final List<TrainingAdapter> validation,
      final NDManager manager) {
    final List<ContrastiveRow> all = new ArrayList<>(rows);
    all.addAll(held);
    final String[] families = new String[all.size()];
    for (int i = 0; i < families.length; i++) {
      families[i] =
          i < rows.size() ? adapters.get(i).family() : validation.get(i - rows.size()).family();
    }
    try (NDManager scope = manager.newSubManager()) {
      final NDArray x =
          scope.create(all.stream().map(row -> row.views()[0]).toArray(float[][]::new));
      final float[][] candidates = Vectors.rows(ContrastiveModel.adapters(parameters, x));
      final Map<String, Double> values = new LinkedHashMap<>();
      final Recall training = recall(parameters, all, 0, rows.size(), candidates, families, scope);
      values.put("training_recall_1", training.at(1));
      if (!held.isEmpty()) {
        final Recall unseen =
            recall(parameters, all, rows.size(), all.size(), candidates, families, scope);
        values.put("validation_recall_1", unseen.at(1));
        values.put("validation_recall_5", unseen.at(5));
        values.put("validation_recall_10", unseen.at(10));
        values.put(ContrastiveTraining.VALIDATION, unseen.mrr());
      }
      return values;
    }
  }

  private static Recall recall(
      final Map<String, NDArray> parameters,
      final List<ContrastiveRow> all,
      final int from,
      final int to,
      final float[][] candidates,
      final String[] families,
      final NDManager manager) {
    final List<float[]> texts = new ArrayList<>();
    final List<Integer> answers = new ArrayList<>();
    for (int i = from; i < to && texts.size() < QUERIES; i++) {
      for (final float[] text : all.get(i).texts()) {
        texts.add(text);
        answers.add(i);
      }
    }
    final NDArray y = manager.create(texts.toArray(float[][]::new));
    return Recall.of(
        Vectors.rows(ContrastiveModel.texts(parameters, y)),
        answers.stream().mapToInt(Integer::intValue).toArray(),
        candidates,
        families);
  }

  private EncoderArtifact artifact(
      final ContrastiveProjection projection,
      final Map<String, NDArray> parameters,
      final int trained,
      final int held,
      final int step) {
    final Map<String, String> training = new LinkedHashMap<>();
    training.put("adapters", String.valueOf(trained));
    training.put("validation_adapters", String.valueOf(held));
    training.put("options", OptionText.of(options));
    training.put("step", String.valueOf(step));
    final NDArray adapter = parameters.get(ContrastiveModel.ADAPTER);
    final int dimension = (int) adapter.size(1);
    try (NDArray basis = projection.basis(adapter.getManager());
        NDArray weight = TorchOps.product(basis, adapter)) {
      return EncoderArtifact.of(
          new EncoderCard(
              "", HEAD, layout, dimension, textEncoder, projection.textMeans().length, training),
          new LinearWeights(
              projection.means(),
              weight.toFloatArray(),
              new float[dimension],
              projection.textMeans(),
              parameters.get(ContrastiveModel.TEXT).toFloatArray()));
    }
  }
}
