package io.loralake.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.diffusion.Noise;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written in any naming is read back as the same update. */
class AdapterWriterTest {
  private static final FluxConfig CONFIG =
      new FluxConfig("small", 8, 12, 10, 32, 4, 2, 1, 2, List.of(4, 6, 6), 10_000, true);
  private static final LayerTable TABLE = LayerTable.of(CONFIG);
  private static final int RANK = 3;
  private static final double ALPHA = 1.5;

  @TempDir private Path folder;

  static Collection<String> styles() {
    return FileStyle.names();
  }

  /** Every layer that the style can hold, with numbers of the size that training leaves. */
  private static Map<String, LowRank> layers(final FileStyle style) {
    final Map<String, LowRank> layers = new LinkedHashMap<>();
    for (final Layer layer : TABLE.layers()) {
      if (style.covers(layer)) {
        layers.put(
            layer.name(),
            new LowRank(
                RANK,
                layer.inDim(),
                layer.outDim(),
                Noise.gaussian(layers.size(), RANK * layer.inDim()),
                Noise.gaussian(layers.size() + 100, layer.outDim() * RANK)));
      }
    }
    return layers;
  }

  /** scale B A (d_out, d_in). */
  private static double[] delta(final LowRank update, final double scale) {
    final double[] delta = new double[update.outDim() * update.inDim()];
    for (int row = 0; row < update.outDim(); row++) {
      for (int k = 0; k < update.rank(); k++) {
        final double b = scale * update.b()[row * update.rank() + k];
        for (int column = 0; column < update.inDim(); column++) {
          delta[row * update.inDim() + column] += b * update.a()[k * update.inDim() + column];
        }
      }
    }
    return delta;
  }

  /** Length of the difference over length of {@code expected}. */
  private static double relativeDifference(final double[] actual, final double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(actual[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / length);
  }

  @ParameterizedTest
  @MethodSource("styles")
  void whatIsWrittenIsReadBack(final String name) throws IOException {
    final FileStyle style = FileStyle.of(name);
    final Map<String, LowRank> layers = layers(style);
    assertThat(layers.keySet())
        .contains("double_blocks.0.img_attn.qkv", "double_blocks.0.txt_attn.proj");
    for (final DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
      final Path file = folder.resolve(name + dtype + ".safetensors");
      new AdapterWriter(style, dtype, TABLE).write(file, layers, ALPHA, Map.of("ss_seed", "7"));

      final Adapter read = AdapterFile.load(file, TABLE).transformer();

      assertThat(read.layers().keySet()).containsExactlyElementsOf(layers.keySet());
      final double precision = dtype == DType.F32 ? 1e-6 : dtype == DType.F16 ? 5e-4 : 4e-3;
      layers.forEach(
          (layer, update) ->
              assertThat(
                      relativeDifference(
                          delta(read.layers().get(layer), 1), delta(update, ALPHA / RANK)))
                  .as(layer)
                  .isLessThan(precision));
      try (SafetensorsFile opened = SafetensorsFile.open(file)) {
        final ReadReport report = LayoutParser.parse(name, opened.header(), TABLE).report();
        assertThat(report.naming()).isEqualTo(style.namingName());
        assertThat(report.ignored()).isEmpty();
        assertThat(opened.header().metadata()).containsEntry("ss_seed", "7");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("styles")
  void oneLayerMayEndAsAnotherIsNamed(final String name) throws IOException {
    final FileStyle style = FileStyle.of(name);
    final Map<String, LowRank> layers = layers(style);
    layers.computeIfPresent(
        "final_layer.linear", (layer, update) -> LowRank.sum(List.of(update, update)));
    final Path file = folder.resolve("mixed.safetensors");
    new AdapterWriter(style, DType.F32, TABLE).write(file, layers, Map.of());

    final Adapter read = AdapterFile.load(file, TABLE).transformer();

    layers.forEach(
        (layer, update) ->
            assertThat(relativeDifference(delta(read.layers().get(layer), 1), delta(update, 1)))
                .as(layer)
                .isLessThan(1e-6));
  }

  @Test
  void factorsThatBecomeInfiniteAreRefused() {
    final float[] b = Noise.gaussian(2, 224);
    b[7] = -7e4f;
    final Map<String, LowRank> layers =
        Map.of("single_blocks.0.linear1", new LowRank(1, 32, 224, Noise.gaussian(1, 32), b));

    assertThatThrownBy(
            () ->
                new AdapterWriter(FileStyle.of("diffusers"), DType.F16, TABLE)
                    .write(folder.resolve("x.safetensors"), layers, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-70000.0 is too large for F16");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aLayerWithoutModulesIsRefused() {
    final Map<String, LowRank> layers =
        Map.of(
            "single_blocks.0.linear1",
            new LowRank(1, 32, 224, Noise.gaussian(1, 32), Noise.gaussian(2, 224)));

    assertThatThrownBy(
            () ->
                new AdapterWriter(FileStyle.of("xlabs"), DType.F16, TABLE)
                    .write(folder.resolve("x.safetensors"), layers, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("xlabs")
        .hasMessageContaining("single_blocks.0.linear1");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void anUnknownStyleIsRefusedWithThoseThatExist() {
    assertThatThrownBy(() -> FileStyle.of("nonsense"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nonsense")
        .hasMessageContaining("onetrainer");
  }
}
