package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.encoder.ProbeSet;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceHeadTest {
  private static final LayerTable TABLE = LayerTable.of(FluxConfig.load("lab"));
  private static final int ADAPTERS = 6;
  private static final int TEXT = 16;

  @TempDir private Path folder;

  private final Random random = new Random(3);

  @Test
  void trainingFindsEachAdapterByItsText() throws IOException {
    final List<ReferenceHead.Sample> samples = new ArrayList<>();
    for (int i = 0; i < ADAPTERS; i++) {
      samples.add(
          new ReferenceHead.Sample(adapter("a" + i, i == 0), "f" + i, List.of(numbers(TEXT, 1))));
    }
    final ContrastiveOptions options =
        ContrastiveOptions.DEFAULT.withSteps(40).withLearningRate(1e-3);
    try (ReferenceHead head = new ReferenceHead(TABLE, options)) {
      head.train(samples, Optional.of(ProbeSet.gaussian(TABLE)), folder, line -> {});
      final List<Adapter> adapters = samples.stream().map(ReferenceHead.Sample::adapter).toList();
      final float[][] together = head.embed(adapters);
      final float[][] texts =
          head.embedTexts(
              samples.stream().map(sample -> sample.texts().get(0)).toArray(float[][]::new));
      for (int i = 0; i < ADAPTERS; i++) {
        assertThat(head.embed(List.of(adapters.get(i)))[0])
            .as("alone as in a batch")
            .containsExactly(together[i], within(1e-4f));
        assertThat(head.embed(List.of(turned(adapters.get(i))))[0])
            .as("in another factorisation")
            .containsExactly(together[i], within(1e-4f));
        for (int j = 0; j < ADAPTERS; j++) {
          if (i != j) {
            assertThat(dot(texts[i], together[i])).isGreaterThan(dot(texts[i], together[j]));
          }
        }
      }
    }
    final List<String> curve = Files.readAllLines(folder.resolve("curve.jsonl"));
    assertThat(loss(curve.get(curve.size() - 1))).isLessThan(0.5 * loss(curve.get(0)));
  }

  private static double loss(final String line) throws IOException {
    return new ObjectMapper().readTree(line).get("loss").asDouble();
  }

  /** The partial one lacks half of the layers. */
  private Adapter adapter(final String id, final boolean partial) {
    final Map<String, LowRank> layers = new LinkedHashMap<>();
    for (final Layer layer : TABLE.blockLayers()) {
      if (!partial || layer.name().startsWith("double")) {
        final int rank = 1 + random.nextInt(3);
        layers.put(
            layer.name(),
            new LowRank(
                rank,
                layer.inDim(),
                layer.outDim(),
                numbers(rank * layer.inDim(), 0.1),
                numbers(rank * layer.outDim(), 0.1)));
      }
    }
    return new Adapter(id, layers);
  }

  /** The same products, their ranks in the opposite order. */
  private static Adapter turned(final Adapter adapter) {
    final Map<String, LowRank> layers = new LinkedHashMap<>();
    adapter
        .layers()
        .forEach(
            (layer, update) -> {
              final int rank = update.rank();
              final float[] a = new float[update.a().length];
              final float[] b = new float[update.b().length];
              for (int r = 0; r < rank; r++) {
                final int in = update.inDim();
                System.arraycopy(update.a(), r * in, a, (rank - 1 - r) * in, in);
                for (int row = 0; row < update.outDim(); row++) {
                  b[row * rank + rank - 1 - r] = update.b()[row * rank + r];
                }
              }
              layers.put(layer, new LowRank(rank, update.inDim(), update.outDim(), a, b));
            });
    return new Adapter("turned", layers);
  }

  private float[] numbers(final int count, final double deviation) {
    final float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (deviation * random.nextGaussian());
    }
    return numbers;
  }

  private static double dot(final float[] a, final float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
