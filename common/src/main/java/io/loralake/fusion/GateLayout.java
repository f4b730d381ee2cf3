package io.loralake.fusion;

import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Where each layer's numbers lie in weights that hold all gates side by side.
 *
 * @param layers names, in table order
 * @param widths d_out of each
 */
public record GateLayout(List<String> layers, List<Integer> widths) {
  public GateLayout {
    layers = List.copyOf(layers);
    widths = List.copyOf(widths);
    if (layers.size() != widths.size()) {
      throw new IllegalArgumentException(
          "Gates have " + layers.size() + " layers and " + widths.size() + " widths");
    }
  }

  /** Gates for all block layers of a model. */
  public static GateLayout of(final LayerTable table) {
    return new GateLayout(
        table.blockLayers().stream().map(Layer::name).toList(),
        table.blockLayers().stream().map(Layer::outDim).toList());
  }

  /** W, the widths of all layers together. */
  public int width() {
    return widths.stream().mapToInt(Integer::intValue).sum();
  }

  /** Where all layers but the first begin. */
  long[] cuts() {
    final long[] cuts = new long[Math.max(0, layers.size() - 1)];
    long at = 0;
    for (int i = 0; i < cuts.length; i++) {
      at += widths.get(i);
      cuts[i] = at;
    }
    return cuts;
  }

  /** The layers' values, in order, by their names. */
  <T> Map<String, T> byName(final List<T> values) {
    final Map<String, T> byName = new LinkedHashMap<>();
    IntStream.range(0, layers.size()).forEach(i -> byName.put(layers.get(i), values.get(i)));
    return byName;
  }
}
