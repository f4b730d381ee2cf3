package io.loralake.encoder;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.loralake.model.Layer;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Where the numbers of a sketch belong.
 *
 * @param probeSet id of the probe set
 * @param probes P
 * @param layers names, in the order of the sketch
 * @param widths S of each layer: the layer has P x S numbers
 * @param fold so many responses of a layer are added up to one of S numbers ({@link
 *     SketchFeatures}); 0: none are
 */
public record SketchLayout(
    String probeSet,
    int probes,
    List<String> layers,
    List<Integer> widths,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) int fold)
    implements Serializable {

  /** With fewer, adapters are told apart less well; more of them tell little more. */
  private static final int LEAST_FEATURES = 32_768;

  /** With responses folded as often as leaves enough features. */
  public SketchLayout(
      final String probeSet,
      final int probes,
      final List<String> layers,
      final List<Integer> widths) {
    this(probeSet, probes, layers, widths, fold(probes, widths));
  }

  private static int fold(final int probes, final List<Integer> widths) {
    final int width = widths.stream().mapToInt(Integer::intValue).sum();
    int fold = 1;
    while (2 * fold <= probes && parts(probes, 2 * fold) * width >= LEAST_FEATURES) {
      fold *= 2;
    }
    return fold == 1 ? 0 : fold;
  }

  /** The layout of sketches that are made with a probe set. */
  public static SketchLayout of(final ProbeSet probes) {
    return new SketchLayout(
        probes.id(),
        probes.probes(),
        probes.layers().stream().map(Layer::name).toList(),
        probes.layers().stream().map(probes::keptWidth).toList());
  }

  /** Of one that was read: whether each layer has its width. */
  boolean tellsAll() {
    return probeSet != null
        && layers != null
        && widths != null
        && widths.stream().noneMatch(Objects::isNull)
        && layers.size() == widths.size();
  }

  /** Numbers in a whole sketch. */
  public int length() {
    return offsets()[layers.size()];
  }

  /** F, features of an adapter. */
  public int features() {
    return featureOffsets()[layers.size()];
  }

  /** Whether sketches have the same numbers, whatever features are made of them. */
  public boolean sameSketches(final SketchLayout other) {
    return probeSet.equals(other.probeSet)
        && probes == other.probes
        && layers.equals(other.layers)
        && widths.equals(other.widths);
  }

  /** Where the numbers of each layer begin; one more entry tells where the last ends. */
  public int[] offsets() {
    return offsets(probes);
  }

  /** As {@link #offsets}, of the features. */
  int[] featureOffsets() {
    return offsets(fold == 0 ? probes : parts(probes, fold));
  }

  private int[] offsets(final int responses) {
    final int[] offsets = new int[layers.size() + 1];
    IntStream.range(0, layers.size())
        .forEach(i -> offsets[i + 1] = offsets[i] + responses * widths.get(i));
    return offsets;
  }

  private static int parts(final int count, final int size) {
    return (count + size - 1) / size;
  }
}
