package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.EncoderCard;
import io.loralake.encoder.LinearWeights;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.Vectors;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The ridge head: the closed-form map from features to the mean text vector of an adapter, in a
 * space where what it cannot tell counts less ({@link ResidualWhitening}).
 */
public final class RidgeTraining {
  public static final String HEAD = "ridge";

  /**
   * @param whiten text directions that are kept with unit spread; 0, or fewer than some 100
   *     adapters: text vectors as they are
   * @param partialWeight how much all views with layers dropped count together, against 1 for the
   *     adapter as it is; 0: no such views
   */
  public record Options(int whiten, double partialWeight) {
    public static final Options DEFAULT = new Options(0, 0.5);
  }

  /**
   * Fewer adapters for each direction, and whitening makes all of them equally unlike: what is
   * common to several is lost.
   */
  private static final int ADAPTERS_A_DIRECTION = 6;

  /** With fewer directions the texts are left as they are. */
  private static final int LEAST_DIRECTIONS = 16;

  private RidgeTraining() {}

  /** How many adapters can be trained on here: one array has all their views, of 2 GB at most. */
  public static int most(final SketchLayout layout, final Options options) {
    final long views = LayerViews.of(layout, options.partialWeight > 0).size();
    return (int) (Integer.MAX_VALUE / (views * layout.features() * Float.BYTES));
  }

  /**
   * What a training on some adapters says of one on many: neither depends on their number.
   *
   * @param space in which captions and adapters are compared
   */
  public record Settings(double lambda, TextSpace space) {}

  /** A regression whose targets and predictions lie in the space. */
  private record Fit(TextSpace space, float[] means, RidgeRegression.Solution solution) {
    static Fit of(
        final List<TrainingAdapter> adapters,
        final SketchLayout layout,
        final Options options,
        final NDManager manager) {
      if (adapters.size() > most(layout, options)) {
        throw new IllegalArgumentException(
            "Ridge holds the features of %d adapters with %d probes at most, there are %d to learn from"
                .formatted(most(layout, options), layout.probes(), adapters.size()));
      }
      final TextSpace texts =
          textSpace(adapters.stream().map(TrainingAdapter::meanText).toList(), options, manager);
      final LayerViews views = LayerViews.of(layout, options.partialWeight > 0);
      try (FeatureMatrix matrix =
              FeatureMatrix.of(adapters, new SketchFeatures(layout), views, manager);
          NDArray targets = manager.create(targets(adapters, texts, manager))) {
        final RidgeRegression.Solution found =
            RidgeRegression.fit(
                matrix.rows(),
                targets,
                views.size(),
                weights(adapters, views, options),
                together(adapters));
        final ResidualWhitening whitening =
            ResidualWhitening.of(
                found.leftOut(),
                adapters.stream()
                    .map(it -> texts.map(it.texts().toArray(float[][]::new), manager))
                    .toList(),
                manager);
        return new Fit(
            texts.then(whitening, manager), matrix.means(), found.then(whitening, manager));
      }
    }
  }

  /**
   * Trains on one machine.
   *
   * @param textEncoder fingerprint of what made the adapters' text vectors
   * @throws IllegalArgumentException when there are more than {@link #most}
   */
  public static TrainedHead train(
      final List<TrainingAdapter> unordered,
      final SketchLayout layout,
      final String textEncoder,
      final Options options) {
    final List<TrainingAdapter> adapters = byGroup(unordered);
    try (NDManager manager = PyTorch.manager()) {
      final Fit fit = Fit.of(adapters, layout, options, manager);
      final RidgeRegression.Solution solution = fit.solution;
      final Map<String, String> training = described(adapters.size(), solution.lambda(), options);
      training.put("left_out_error", String.format(Locale.ROOT, "%.6f", solution.error()));
      final Map<String, float[]> outOfFold = new LinkedHashMap<>();
      for (int i = 0; i < adapters.size(); i++) {
        outOfFold.put(adapters.get(i).id(), Vectors.unit(solution.leftOut()[i]));
      }
      return new TrainedHead(
          artifact(
              layout,
              textEncoder,
              fit.space,
              fit.means,
              solution.weight(),
              solution.bias(),
              training),
          outOfFold);
    }
  }

  /** Members of a group one behind the other, groups of one size too. */
  private static List<TrainingAdapter> byGroup(final List<TrainingAdapter> adapters) {
    final Map<String, List<TrainingAdapter>> groups =
        adapters.stream()
            .collect(
                Collectors.groupingBy(
                    TrainingAdapter::group, LinkedHashMap::new, Collectors.toList()));
    return groups.values().stream()
        .sorted(Comparator.comparingInt(List::size))
        .flatMap(List::stream)
        .toList();
  }

  /** Sizes of the groups, in order; each adapter alone where all are of one group. */
  private static int[] together(final List<TrainingAdapter> adapters) {
    final Map<String, Integer> sizes = new LinkedHashMap<>();
    adapters.forEach(it -> sizes.merge(it.group(), 1, Integer::sum));
    return sizes.size() == 1
        ? RidgeRegression.alone(adapters.size())
        : sizes.values().stream().mapToInt(Integer::intValue).toArray();
  }

  /** Finds out what a training on more adapters needs to know. */
  public static Settings settings(
      final List<TrainingAdapter> sample, final SketchLayout layout, final Options options) {
    try (NDManager manager = PyTorch.manager()) {
      final Fit fit = Fit.of(byGroup(sample), layout, options, manager);
      return new Settings(fit.solution.lambda(), fit.space);
    }
  }

  /**
   * Trains on rows that lie elsewhere, with targets in the settings' space.
   *
   * @param adapters how many there are
   * @param means of the rows' features
   */
  public static EncoderArtifact train(
      final GramRows rows,
      final int adapters,
      final SketchLayout layout,
      final String textEncoder,
      final Settings settings,
      final float[] means,
      final Options options,
      final Consumer<String> log) {
    final ConjugateRidge.Solution solution = ConjugateRidge.solve(rows, settings.lambda, log);
    final Map<String, String> training = described(adapters, settings.lambda, options);
    training.put("passes", String.valueOf(solution.steps()));
    return artifact(
        layout, textEncoder, settings.space, means, solution.weight(), solution.bias(), training);
  }

  private static Map<String, String> described(
      final int adapters, final double lambda, final Options options) {
    final Map<String, String> training = new LinkedHashMap<>();
    training.put("adapters", String.valueOf(adapters));
    training.put("whiten", String.valueOf(options.whiten));
    training.put("partial_weight", String.valueOf(options.partialWeight));
    training.put("lambda", String.format(Locale.ROOT, "%.6g", lambda));
    return training;
  }

  private static EncoderArtifact artifact(
      final SketchLayout layout,
      final String textEncoder,
      final TextSpace space,
      final float[] means,
      final float[] weight,
      final float[] bias,
      final Map<String, String> training) {
    return EncoderArtifact.of(
        new EncoderCard(
            "", HEAD, layout, space.dimension(), textEncoder, space.means().length, training),
        new LinearWeights(means, weight, bias, space.means(), space.weight()).enlarged());
  }

  /** How many text directions are kept of so many adapters; 0: text vectors as they are. */
  public static int directions(final int adapters, final Options options) {
    final int directions = Math.min(options.whiten, adapters / ADAPTERS_A_DIRECTION);
    return directions < Math.min(LEAST_DIRECTIONS, options.whiten) ? 0 : directions;
  }

  private static TextSpace textSpace(
      final List<float[]> texts, final Options options, final NDManager manager) {
    final int directions = directions(texts.size(), options);
    return directions == 0 ? TextSpace.raw(texts) : TextSpace.whitened(texts, directions, manager);
  }

  private static float[][] targets(
      final List<TrainingAdapter> adapters, final TextSpace space, final NDManager manager) {
    return space.map(
        adapters.stream().map(TrainingAdapter::meanText).toArray(float[][]::new), manager);
  }

  private static double[] weights(
      final List<TrainingAdapter> adapters, final LayerViews views, final Options options) {
    final double[] shares = views.weights(options.partialWeight);
    final double[] weights = new double[adapters.size() * views.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = shares[i % views.size()] * adapters.get(i / views.size()).weight();
    }
    return weights;
  }
}
