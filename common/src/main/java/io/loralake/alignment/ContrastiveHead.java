package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.EncoderCard;
import io.loralake.encoder.LinearWeights;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.retrieval.Recall;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The contrastive head: principal components of the features, one linear map, and one linear map of
 * the text side, trained by {@link ContrastiveTraining}. As both maps are linear, the head ends as
 * {@link LinearWeights}.
 */
public final class ContrastiveHead {
  public static final String HEAD = "contrastive";

  /** Queries of training adapters that an evaluation looks at, beside those of validation. */
  private static final int TRAINING_QUERIES = 500;

  private final SketchLayout layout;
  private final SketchFeatures features;
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
    this.features = new SketchFeatures(layout);
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
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final LayerViews views =
          options.partial() > 0 ? LayerViews.partial(layout) : LayerViews.complete(layout);
      final float[] means;
      final PrincipalComponents components;
      try (FeatureMatrix matrix =
          FeatureMatrix.of(adapters, features, LayerViews.complete(layout), manager)) {
        means = matrix.means();
        components = PrincipalComponents.of(matrix.rows(), options.components());
      }
      final TextSpace space =
          TextSpace.raw(adapters.stream().map(TrainingAdapter::meanText).toList());
      final Projector projector = new Projector(means, components, space, manager);
      final List<ContrastiveRow> rows = projector.rows(adapters, views);
      final Map<String, NDArray> parameters =
          ContrastiveModel.start(manager, components.components(), space.means().length, options);
      final List<ContrastiveRow> held = projector.rows(validation, LayerViews.complete(layout));
      try (ContrastiveGradients engine = engines.apply(rows)) {
        final int step =
            new ContrastiveTraining(options, folder, identity(adapters), log)
                .run(
                    manager,
                    parameters,
                    rows.size(),
                    engine,
                    current -> evaluate(current, rows, held, adapters, validation, manager));
        return artifact(projector, parameters, adapters.size(), validation.size(), step);
      }
    }
  }

  private String identity(final List<TrainingAdapter> adapters) {
    final int[] hashes =
        adapters.stream()
            .mapToInt(adapter -> 31 * adapter.id().hashCode() + Arrays.hashCode(adapter.meanText()))
            .toArray();
    return "%s %s adapters %d/%08x"
        .formatted(layout.probeSet(), textEncoder, hashes.length, Arrays.hashCode(hashes));
  }

  /** Brings adapters and texts to the inputs of the two maps. */
  private final class Projector {
    private final float[] means;
    private final TextSpace space;
    private final NDArray basis; // (F, k)

    Projector(
        final float[] means,
        final PrincipalComponents components,
        final TextSpace space,
        final NDManager manager) {
      this.means = means;
      this.space = space;
      this.basis =
          manager.create(components.basis(), new Shape(features.length(), components.components()));
    }

    List<ContrastiveRow> rows(final List<TrainingAdapter> adapters, final LayerViews views) {
      final Map<String, Integer> families = new HashMap<>();
      final List<ContrastiveRow> rows = new ArrayList<>();
      for (final TrainingAdapter adapter : adapters) {
        final int family = families.computeIfAbsent(adapter.family(), key -> families.size());
        rows.add(
            new ContrastiveRow(
                rows.size(), family, views(adapter, views), texts(adapter), adapter.weight()));
      }
      return rows;
    }

    private float[][] views(final TrainingAdapter adapter, final LayerViews views) {
      final int length = features.length();
      final float[] all = new float[views.size() * length];
      features.write(adapter.sketch(), all, 0);
      features.centre(all, 0, means);
      for (int view = views.size() - 1; view >= 0; view--) {
        System.arraycopy(all, 0, all, view * length, length);
        views.apply(view, features, all, view * length);
      }
      return product(all, length);
    }

    private float[][] product(final float[] all, final int length) {
      try (NDManager scope = basis.getManager().newSubManager()) {
        final NDArray scores =
            scope.create(all, new Shape(all.length / length, length)).matMul(basis);
        return Vectors.rows(scores);
      }
    }

    private float[][] texts(final TrainingAdapter adapter) {
      final float[][] centred = new float[adapter.texts().size()][];
      for (int i = 0; i < centred.length; i++) {
        centred[i] = adapter.texts().get(i).clone();
        for (int j = 0; j < centred[i].length; j++) {
          centred[i][j] -= space.means()[j];
        }
      }
      return centred;
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
    for (int i = from; i < to && texts.size() < TRAINING_QUERIES; i++) {
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
      final Projector projector,
      final Map<String, NDArray> parameters,
      final int trained,
      final int held,
      final int step) {
    final Map<String, String> training = new LinkedHashMap<>();
    training.put("adapters", String.valueOf(trained));
    training.put("validation_adapters", String.valueOf(held));
    training.put("options", options.toString());
    training.put("step", String.valueOf(step));
    final NDArray adapter = parameters.get(ContrastiveModel.ADAPTER);
    final int dimension = (int) adapter.size(1);
    try (NDArray weight = projector.basis.matMul(adapter)) {
      return EncoderArtifact.of(
          new EncoderCard(
              "", HEAD, layout, dimension, textEncoder, projector.space.means().length, training),
          new LinearWeights(
              projector.means,
              weight.toFloatArray(),
              new float[dimension],
              projector.space.means(),
              parameters.get(ContrastiveModel.TEXT).toFloatArray()));
    }
  }
}
