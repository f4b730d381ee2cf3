package io.loralake.alignment;

import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * What an adapter would look like with only some of its layers, so that training also sees the
 * incomplete ones that people publish. View 0 is the adapter as it is.
 */
public final class LayerViews implements Serializable {
  private static final long SEED = 71;

  private final List<boolean[]> kept; // one (layers) for each view

  private LayerViews(final List<boolean[]> kept) {
    this.kept = kept;
  }

  /** Only the adapter as it is. */
  public static LayerViews complete(final SketchLayout layout) {
    return new LayerViews(List.of(keep(layout, layer -> true)));
  }

  /**
   * The adapter as it is; attention alone; attention with the single blocks' linear layers; double
   * blocks; single blocks; without modulation; and two random halves.
   */
  public static LayerViews partial(final SketchLayout layout) {
    final List<boolean[]> kept = new ArrayList<>();
    kept.add(keep(layout, layer -> true));
    kept.add(keep(layout, layer -> layer.contains("attn")));
    kept.add(keep(layout, layer -> layer.contains("attn") || layer.contains(".linear")));
    kept.add(keep(layout, layer -> layer.startsWith("double_blocks")));
    kept.add(keep(layout, layer -> layer.startsWith("single_blocks")));
    kept.add(keep(layout, layer -> !layer.contains("mod")));
    final Random random = new Random(SEED);
    kept.add(keep(layout, layer -> random.nextBoolean()));
    kept.add(keep(layout, layer -> random.nextBoolean()));
    return new LayerViews(kept.stream().filter(LayerViews::any).toList());
  }

  /** {@link #partial}, or {@link #complete}. */
  static LayerViews of(final SketchLayout layout, final boolean partial) {
    return partial ? partial(layout) : complete(layout);
  }

  private static boolean[] keep(final SketchLayout layout, final Predicate<String> layers) {
    final boolean[] kept = new boolean[layout.layers().size()];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = layers.test(layout.layers().get(i));
    }
    return kept;
  }

  private static boolean any(final boolean[] kept) {
    for (final boolean layer : kept) {
      if (layer) {
        return true;
      }
    }
    return false;
  }

  /** V. */
  public int size() {
    return kept.size();
  }

  /**
   * How much each view counts (V): 1 for the adapter as it is.
   *
   * @param partial what all other views count together
   */
  double[] weights(final double partial) {
    final double[] weights = new double[size()];
    Arrays.fill(weights, partial / (size() - 1));
    weights[0] = 1;
    return weights;
  }

  /** Layers that the same views keep; every layer is in one group. */
  record Group(List<Integer> layers, List<Integer> views) {}

  List<Group> groups() {
    final Map<List<Integer>, Group> groups = new LinkedHashMap<>();
    for (int i = 0; i < kept.get(0).length; i++) {
      final int layer = i;
      final List<Integer> views =
          IntStream.range(0, size()).filter(view -> kept.get(view)[layer]).boxed().toList();
      groups.computeIfAbsent(views, it -> new Group(new ArrayList<>(), it)).layers().add(layer);
    }
    return List.copyOf(groups.values());
  }

  /**
   * Writes an adapter's centred features in every view, one after the other.
   *
   * @param means (F), taken away from the features
   * @param rows room for V x F numbers from {@code at} on
   */
  void write(
      final byte[] sketch,
      final SketchFeatures features,
      final float[] means,
      final float[] rows,
      final int at) {
    final int length = features.length();
    features.write(sketch, rows, at);
    features.centre(rows, at, means);
    for (int view = kept.size() - 1; view >= 0; view--) {
      System.arraycopy(rows, at, rows, at + view * length, length);
      drop(view, features, rows, at + view * length);
    }
  }

  /** Drops from a row of features what a view lacks. */
  private void drop(
      final int view, final SketchFeatures features, final float[] row, final int at) {
    final boolean[] layers = kept.get(view);
    for (int layer = 0; layer < layers.length; layer++) {
      if (!layers[layer]) {
        features.drop(row, at, layer);
      }
    }
  }
}
