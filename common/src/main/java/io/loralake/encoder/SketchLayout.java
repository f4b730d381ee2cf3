package io.loralake.encoder;

import io.loralake.model.Layer;
import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the numbers of a sketch belong.
 *
 * @param probeSet id of the probe set
 * @param probes P
 * @param layers names, in the order of the sketch
 * @param widths S of each layer: the layer has P x S numbers
 */
public record SketchLayout(String probeSet, int probes, List<String> layers, List<Integer> widths)
    implements Serializable {

  /** The layout of sketches that are made with a probe set. */
  public static SketchLayout of(final ProbeSet probes) {
    return new SketchLayout(
        probes.id(),
        probes.probes(),
        probes.layers().stream().map(Layer::name).toList(),
        probes.layers().stream().map(probes::keptWidth).toList());
  }

  /** F, numbers in a whole sketch. */
  public int length() {
    return probes * widths.stream().mapToInt(Integer::intValue).sum();
  }

  /** Where the numbers of each layer begin; one more entry tells where the last ends. */
  public int[] offsets() {
    final int[] offsets = new int[layers.size() + 1];
    IntStream.range(0, layers.size())
        .forEach(i -> offsets[i + 1] = offsets[i] + probes * widths.get(i));
    return offsets;
  }
}
