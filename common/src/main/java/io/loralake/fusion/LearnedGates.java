package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorchMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Gates as they are trained here: the published sum of {@link Gate}, and beside it what the gate
 * knows of the time and of each adapter's relevance to the prompt:
 *
 * <pre>
 * g_k = sigmoid(published sum + time(t) C_t + tanh(z_k C_z) C_r)
 * out = y + (1 / K) sum_k w_out g_k l_k
 * </pre>
 *
 * time(t) are cosine and sine of 2 pi t {1/4, 1/2, 1, 2}, z_k is of {@link RelevanceSpace}; each
 * term is an option. A layer without a gate (text encoders', and those outside the blocks) adds its
 * adapters up, or takes their mean where the sum is divided by K. Weights of all layers lie side by
 * side (W numbers), except C_z, which the layers share.
 */
public final class LearnedGates implements Strategy {
  private static final double[] FREQUENCIES = {0.25, 0.5, 1, 2};
  private static final List<String> ACTIVATION_WEIGHTS =
      List.of(
          "norm_base.weight",
          "norm_base.bias",
          "norm_lora.weight",
          "norm_lora.bias",
          "weight_base",
          "weight_lora",
          "weight_cross");
  private static final String BIAS = "bias";
  private static final String WEIGHT_OUT = "weight_out";
  private static final String TIME = "time"; // C_t (8, W)
  private static final String RELEVANCE_IN = "relevance_in"; // C_z (3 C, r)
  private static final String RELEVANCE_OUT = "relevance_out"; // C_r (r, W)

  private final GateOptions options;
  private final GateLayout layout;
  private final Map<String, NDArray> parameters;
  private final RelevanceSpace space;

  /**
   * Takes no ownership of the parameters, whose names and shapes are those of {@link #shapes}.
   *
   * @param space null where the options ask for no relevance
   */
  public LearnedGates(
      final GateOptions options,
      final GateLayout layout,
      final Map<String, NDArray> parameters,
      final RelevanceSpace space) {
    this.options = options;
    this.layout = layout;
    this.parameters = parameters;
    this.space = space;
  }

  /**
   * Names and shapes of the weights.
   *
   * @param inputs numbers that describe an adapter, 3 C
   */
  public static Map<String, Shape> shapes(
      final GateOptions options, final GateLayout layout, final int inputs) {
    final int w = layout.width();
    final Map<String, Shape> shapes = new LinkedHashMap<>();
    if (options.activations()) {
      ACTIVATION_WEIGHTS.forEach(name -> shapes.put(name, new Shape(w)));
    }
    shapes.put(BIAS, new Shape(w));
    shapes.put(WEIGHT_OUT, new Shape(w));
    if (options.time()) {
      shapes.put(TIME, new Shape(2L * FREQUENCIES.length, w));
    }
    if (options.knowsAdapters()) {
      shapes.put(RELEVANCE_IN, new Shape(inputs, options.relevance()));
      shapes.put(RELEVANCE_OUT, new Shape(options.relevance(), w));
    }
    return shapes;
  }

  /**
   * Weights to start from: every gate is 1/2 and the whole is the sum of the adapters, or their
   * mean where it is divided.
   */
  public static Map<String, NDArray> initial(
      final NDManager manager,
      final GateOptions options,
      final GateLayout layout,
      final int inputs,
      final long seed) {
    final Map<String, NDArray> parameters = new LinkedHashMap<>();
    shapes(options, layout, inputs)
        .forEach(
            (name, shape) ->
                parameters.put(
                    name,
                    switch (name) {
                      case "norm_base.weight", "norm_lora.weight" -> manager.ones(shape);
                      case WEIGHT_OUT -> manager.full(shape, 2f);
                      case RELEVANCE_IN -> manager.create(normal(shape, seed), shape);
                      default -> manager.zeros(shape);
                    }));
    return parameters;
  }

  private static float[] normal(final Shape shape, final long seed) {
    final Random random = new Random(seed);
    final float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(shape.get(0)));
    }
    return values;
  }

  public GateOptions options() {
    return options;
  }

  @Override
  public double[] weights(final List<ScaledAdapter> adapters) {
    final double[] weights = new double[adapters.size()];
    Arrays.fill(weights, 1);
    return weights;
  }

  @Override
  public double scaleWithoutGate(final int adapters) {
    return options.divided() ? 1.0 / adapters : 1;
  }

  @Override
  public boolean readsPrompts() {
    return options.knowsAdapters();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException when the gates ask for an embedding that is absent
   */
  @Override
  public Optional<PreparedGates> gates(final NDManager manager, final List<FusionSample> samples) {
    final Optional<ScaledAdapter> any =
        samples.stream().flatMap(sample -> sample.adapters().stream()).findFirst();
    if (any.isEmpty()) {
      return Optional.empty();
    }
    final Precision precision = any.get().adapter().precision();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray scores = kept(scores(manager, samples), manager); // (G, K, W)
      final List<Map<String, NDArray>> vectors = new ArrayList<>();
      if (options.activations()) {
        for (final String name : ACTIVATION_WEIGHTS) {
          vectors.add(byLayer(parameters.get(name), 0, precision));
        }
      }
      final Map<String, NDArray> offsets = byLayer(scores, 2, precision);
      final Map<String, NDArray> weightOut = byLayer(weightOut(manager, samples), 2, precision);
      final Map<String, PreparedGates.Layer> layers = new LinkedHashMap<>();
      for (final String layer : layout.layers()) {
        layers.put(
            layer,
            new PreparedGates.Layer(
                vectors.stream().map(all -> kept(all.get(layer), manager)).toList(),
                kept(offsets.get(layer), manager),
                kept(weightOut.get(layer), manager)));
      }
      return Optional.of(
          new PreparedGates(
              layers, options.time() ? timesteps -> at(timesteps, scores, precision) : null));
    }
  }

  /** Scores without activations and time, (G, K, W). */
  private NDArray scores(final NDManager manager, final List<FusionSample> samples) {
    final int most = samples.stream().mapToInt(sample -> sample.adapters().size()).max().orElse(0);
    final NDArray bias = parameters.get(BIAS).reshape(1, 1, layout.width());
    final Shape shape = new Shape(samples.size(), most, layout.width());
    if (!options.knowsAdapters()) {
      return bias.broadcast(shape);
    }
    final int inputs = space.inputs();
    final float[] z = new float[samples.size() * most * inputs];
    for (int i = 0; i < samples.size(); i++) {
      final float[][] rows = space.describe(samples.get(i));
      for (int k = 0; k < rows.length; k++) {
        System.arraycopy(rows[k], 0, z, (i * most + k) * inputs, inputs);
      }
    }
    return constant(manager, z, new Shape((long) samples.size() * most, inputs))
        .matMul(parameters.get(RELEVANCE_IN))
        .tanh()
        .matMul(parameters.get(RELEVANCE_OUT))
        .reshape(shape)
        .add(bias);
  }

  /** (1 or G, 1, W). */
  private NDArray weightOut(final NDManager manager, final List<FusionSample> samples) {
    final NDArray weights = parameters.get(WEIGHT_OUT).reshape(1, 1, layout.width());
    if (!options.divided()) {
      return weights;
    }
    final float[] shares = new float[samples.size()];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = 1f / Math.max(1, samples.get(i).adapters().size());
    }
    return weights.mul(constant(manager, shares, new Shape(shares.length, 1, 1)));
  }

  private Map<String, NDArray> at(
      final NDArray timesteps, final NDArray scores, final Precision precision) {
    final NDArray time =
        features(timesteps).matMul(parameters.get(TIME)).expandDims(1); // (1 or B, 1, W)
    return byLayer(scores.add(time), 2, precision);
  }

  /** time(t), (B, 8), or (1, 8) where all samples have one time. */
  private static NDArray features(final NDArray timesteps) {
    final float[] all = timesteps.toFloatArray();
    boolean equal = true;
    for (final float t : all) {
      equal &= t == all[0];
    }
    final int rows = equal ? 1 : all.length;
    final int count = FREQUENCIES.length;
    final float[] features = new float[rows * 2 * count];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < count; j++) {
        final double angle = 2 * Math.PI * all[i] * FREQUENCIES[j];
        features[i * 2 * count + j] = (float) Math.cos(angle);
        features[i * 2 * count + count + j] = (float) Math.sin(angle);
      }
    }
    return constant(timesteps.getManager(), features, new Shape(rows, 2L * count));
  }

  private Map<String, NDArray> byLayer(
      final NDArray all, final int axis, final Precision precision) {
    final NDList parts =
        layout.layers().size() == 1 ? new NDList(all) : all.split(layout.cuts(), axis);
    return layout.byName(parts.stream().map(precision::of).toList());
  }

  /** Numbers that a backward pass will read: their memory stays until the manager closes. */
  private static NDArray constant(
      final NDManager manager, final float[] values, final Shape shape) {
    return kept(PyTorchMemory.copyOf(manager, values, shape), manager);
  }

  /** Saves a result from the end of the scope; its new owner frees it. */
  private static NDArray kept(final NDArray array, final NDManager manager) {
    NDScope.unregister(array);
    array.attach(manager);
    return array;
  }
}
