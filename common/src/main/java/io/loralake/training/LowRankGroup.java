package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.LowRank;
import io.loralake.model.Fusion;
import io.loralake.model.Layer;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Low-rank branches of G adapters that train at once on one frozen base: a batch holds G equal runs
 * of samples, and each adapter acts on its own run. The factors of a layer lie in two arrays, so
 * that all adapters together cost two batched products.
 *
 * <p>Ranks may differ and layers may be absent: an adapter's part is filled up with zeros, in both
 * factors. A zero row of one factor gets a zero gradient from the zero row of the other, so that
 * the filling stays zero and needs no mask.
 */
public final class LowRankGroup implements Fusion {
  private static final String DOWN = ".down";
  private static final String UP = ".up";

  private final Map<String, NDArray> parameters;
  private final NDArray scales; // (G, 1, 1)
  private final Precision precision;

  /**
   * @param parameters as {@link #initial} makes them
   * @param scales alpha / R of each adapter, (G, 1, 1)
   * @param precision what the base computes in
   */
  public LowRankGroup(
      final Map<String, NDArray> parameters, final NDArray scales, final Precision precision) {
    this.parameters = parameters;
    this.scales = precision.of(scales);
    this.precision = precision;
  }

  /**
   * Factors to start from: A uniform in +-1 / sqrt(d_in), as PyTorch starts a linear layer, B zero.
   * An adapter's numbers follow from its own seed, whatever else is in the group.
   *
   * @param layers the model's, in table order
   * @return for each layer that any adapter changes, {@code LAYER.down} (G, R, d_in) and {@code
   *     LAYER.up} (G, R, d_out), float32
   */
  public static Map<String, NDArray> initial(
      final NDManager manager, final List<Layer> layers, final List<LowRankMember> members) {
    final Map<String, NDArray> parameters = new LinkedHashMap<>();
    for (final Layer layer : layers) {
      final int rank =
          members.stream()
              .filter(member -> member.layers().contains(layer))
              .mapToInt(LowRankMember::rank)
              .max()
              .orElse(0);
      if (rank > 0) {
        parameters.put(layer.name() + DOWN, down(manager, layer, members, rank));
        parameters.put(
            layer.name() + UP, manager.zeros(new Shape(members.size(), rank, layer.outDim())));
      }
    }
    return parameters;
  }

  private static NDArray down(
      final NDManager manager,
      final Layer layer,
      final List<LowRankMember> members,
      final int rank) {
    final int size = rank * layer.inDim();
    final float[] values = new float[members.size() * size];
    final double bound = 1 / Math.sqrt(layer.inDim());
    for (int i = 0; i < members.size(); i++) {
      final LowRankMember member = members.get(i);
      if (member.layers().contains(layer)) {
        final SplittableRandom random =
            new SplittableRandom(member.seed() * 1_000_003L + layer.name().hashCode());
        for (int at = 0; at < member.rank() * layer.inDim(); at++) {
          values[i * size + at] = (float) (bound * (2 * random.nextDouble() - 1));
        }
      }
    }
    return manager.create(values, new Shape(members.size(), rank, layer.inDim()));
  }

  /** alpha / R of each adapter, (G, 1, 1). */
  public static NDArray scales(final NDManager manager, final List<LowRankMember> members) {
    final float[] scales = new float[members.size()];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (float) members.get(i).scale();
    }
    return manager.create(scales, new Shape(scales.length, 1, 1));
  }

  @Override
  public NDArray apply(final String layer, final NDArray x, final NDArray y) {
    final NDArray down = parameters.get(layer + DOWN);
    if (down == null) {
      return y;
    }
    return TorchOps.addGroupLowRank(
        y, x, precision.of(down), precision.of(parameters.get(layer + UP)), scales);
  }

  /**
   * The factors of one adapter as they are, without its scale: layer name -> A, B.
   *
   * @param index of the adapter in the group
   */
  static Map<String, LowRank> factors(
      final Map<String, NDArray> parameters, final LowRankMember member, final int index) {
    final Map<String, LowRank> factors = new LinkedHashMap<>();
    for (final Layer layer : member.layers()) {
      final float[] a = rows(parameters.get(layer.name() + DOWN), member.rank(), index);
      final float[] up = rows(parameters.get(layer.name() + UP), member.rank(), index);
      final float[] b = transposed(up, member.rank(), layer.outDim());
      factors.put(layer.name(), new LowRank(member.rank(), layer.inDim(), layer.outDim(), a, b));
    }
    return factors;
  }

  /** The first {@code rank} rows of one adapter's part. */
  private static float[] rows(final NDArray group, final int rank, final int index) {
    try (NDArray part = group.get("{}, :{}", index, rank)) {
      return part.toFloatArray();
    }
  }

  private static float[] transposed(final float[] values, final int rows, final int columns) {
    final float[] result = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        result[column * rows + row] = values[row * columns + column];
      }
    }
    return result;
  }
}
