package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sharded gradients are those of one graph; training goes on where it was killed. */
class ContrastiveGradientsTest {
  private static final int ROWS = 40;
  private static final int COMPONENTS = 12;
  private static final int WIDTH = 10;
  private static final ContrastiveOptions OPTIONS =
      new ContrastiveOptions(COMPONENTS, 24, 30, 3, 0.01, 0.05, 0.1, 0.5, 0.07, true, 5, 0, 10, 3);

  @TempDir private Path folder;

  private final NDManager manager = PyTorch.manager();
  private final List<ContrastiveRow> rows = rows();

  @AfterEach
  void close() {
    manager.close();
  }

  private static List<ContrastiveRow> rows() {
    final Random random = new Random(1);
    return IntStream.range(0, ROWS)
        .mapToObj(
            i ->
                new ContrastiveRow(
                    i,
                    i / 2,
                    gaussian(random, 3, COMPONENTS),
                    gaussian(random, 1 + i % 3, WIDTH),
                    1 + i % 4))
        .toList();
  }

  private static float[][] gaussian(final Random random, final int count, final int width) {
    final float[][] values = new float[count][width];
    for (final float[] row : values) {
      for (int i = 0; i < width; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    return values;
  }

  /** Shards in this JVM, whose sums are added one after the other. */
  private record InMemory(List<ContrastiveShard> shards) implements CachedGradients.Shards {
    @Override
    public List<ContrastiveShard.Outputs> embed(
        final int step, final int[] batch, final Map<String, float[]> parameters) {
      return shards.stream().map(shard -> shard.embed(step, batch, parameters)).toList();
    }

    @Override
    public Map<String, float[]> backward(
        final int step,
        final int[] batch,
        final Map<String, float[]> parameters,
        final float[] adapters,
        final float[] texts) {
      final Map<String, float[]> sums = new HashMap<>();
      for (final ContrastiveShard shard : shards) {
        GradientSums.add(sums, shard.backward(step, batch, parameters, adapters, texts));
      }
      return sums;
    }

    @Override
    public void close() {}
  }

  private CachedGradients sharded(final int count) {
    final List<ContrastiveShard> shards = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      final int shard = i;
      shards.add(
          new ContrastiveShard(
              rows.stream().filter(row -> row.row() % count == shard).toList(), OPTIONS));
    }
    return new CachedGradients(new InMemory(shards), BatchFacts.of(rows), true);
  }

  private Map<String, NDArray> start() {
    return ContrastiveModel.start(manager, COMPONENTS, WIDTH, OPTIONS);
  }

  @Test
  void shardedGradientsEqualOneGraph() {
    final int[] batch = SampleRandom.batch(7, 4, ROWS, 24);
    final Map<String, NDArray> parameters = start();
    try (LocalGradients local = LocalGradients.of(rows, OPTIONS);
        ContrastiveGradients.Step one = local.of(4, batch, parameters)) {
      assertThat(one.gradients()).containsOnlyKeys("adapter", "text", "log_scale");
      for (final int count : new int[] {1, 3, 45}) { // 45: some shards are empty
        try (CachedGradients cached = sharded(count);
            ContrastiveGradients.Step other = cached.of(4, batch, parameters)) {
          assertThat(Math.abs(other.loss() - one.loss())).isLessThan(1e-5);
          one.gradients()
              .forEach(
                  (name, gradient) -> {
                    final float scale = gradient.abs().max().getFloat();
                    final NDArray difference = gradient.sub(other.gradients().get(name));
                    assertThat(scale).isPositive();
                    assertThat(difference.abs().max().getFloat())
                        .as("%s in %d shards", name, count)
                        .isLessThan(1e-5f * scale);
                  });
        }
      }
    }
  }

  @Test
  void gradientsAreThoseOfFiniteDifferences() {
    final int[] batch = SampleRandom.batch(7, 0, ROWS, 24);
    final Map<String, NDArray> parameters = start();
    try (LocalGradients local = LocalGradients.of(rows, OPTIONS);
        ContrastiveGradients.Step step = local.of(0, batch, parameters)) {
      for (final String name : List.of("adapter", "text", "log_scale")) {
        final NDArray direction = step.gradients().get(name);
        final float square = direction.square().sum().getFloat();
        final float h = (float) (2e-3 / Math.sqrt(square));
        final double up = loss(local, batch, moved(parameters, name, direction.mul(h)));
        final double down = loss(local, batch, moved(parameters, name, direction.mul(-h)));
        assertThat((up - down) / (2 * h)).as(name).isCloseTo(square, within(0.02 * square));
      }
    }
  }

  private static Offset<Double> within(final double value) {
    return Offset.offset(value);
  }

  private static Map<String, NDArray> moved(
      final Map<String, NDArray> parameters, final String name, final NDArray by) {
    final Map<String, NDArray> moved = new LinkedHashMap<>(parameters);
    moved.put(name, parameters.get(name).add(by));
    return moved;
  }

  private static double loss(
      final LocalGradients local, final int[] batch, final Map<String, NDArray> parameters) {
    try (ContrastiveGradients.Step step = local.of(0, batch, parameters)) {
      return step.loss();
    }
  }

  @Test
  void oneFamilyIsNotItsOwnNegative() {
    final Map<String, NDArray> parameters = start();
    final int[] twins = {0, 1}; // one family: each has only its own text to choose
    final int[] strangers = {0, 2};
    try (LocalGradients local = LocalGradients.of(rows, OPTIONS)) {
      assertThat(loss(local, twins, parameters)).isLessThan(1e-6);
      assertThat(loss(local, strangers, parameters)).isGreaterThan(1e-3);
    }
  }

  /** Two pairs at right angles but for the second text, which lies between both adapters. */
  @Test
  void theLossIsTheWeightedMeanOfBothSoftmaxes() {
    final float root = (float) Math.sqrt(0.5);
    final NDArray adapters = manager.create(new float[][] {{1, 0}, {0, 1}});
    final NDArray texts = manager.create(new float[][] {{1, 0}, {root, root}});
    final double scale = 3;
    final double near = Math.exp(scale);
    final double between = Math.exp(scale * root);
    final double first = -Math.log(near / (near + between)) - Math.log(near / (near + 1));
    final double second = -Math.log(between / (1 + between)) - Math.log(0.5);
    final NDArray loss =
        ContrastiveModel.loss(
            adapters,
            texts,
            manager.create(new float[] {(float) Math.log(scale)}),
            new int[] {0, 1},
            new float[] {6, 2});
    assertThat((double) loss.getFloat())
        .isCloseTo(0.75 * first / 2 + 0.25 * second / 2, within(1e-5));
  }

  private static final class KilledException extends RuntimeException {}

  private Map<String, NDArray> train(final Path where, final int killAt) throws IOException {
    final Map<String, NDArray> parameters = start();
    try (LocalGradients local = LocalGradients.of(rows, OPTIONS)) {
      final ContrastiveGradients engine =
          new ContrastiveGradients() {
            @Override
            public Step of(final int step, final int[] batch, final Map<String, NDArray> current) {
              if (step == killAt) {
                throw new KilledException();
              }
              return local.of(step, batch, current);
            }

            @Override
            public void close() {}
          };
      new ContrastiveTraining(OPTIONS, where, "test", line -> {})
          .run(manager, parameters, ROWS, engine, current -> Map.of("validation_mrr", 0.5));
    } catch (final KilledException e) {
      return Map.of();
    }
    return parameters;
  }

  @Test
  void aKilledRunGoesOnToTheSameBits() throws IOException {
    final Map<String, NDArray> undisturbed = train(folder.resolve("a"), -1);
    assertThat(train(folder.resolve("b"), 17)).isEmpty();
    final Map<String, NDArray> resumed = train(folder.resolve("b"), -1);
    undisturbed.forEach(
        (name, array) ->
            assertThat(resumed.get(name).toFloatArray()).isEqualTo(array.toFloatArray()));
    assertThat(steps(folder.resolve("b"))).isEqualTo(steps(folder.resolve("a")));
  }

  private static List<String> steps(final Path run) throws IOException {
    return Files.readAllLines(run.resolve("curve.jsonl")).stream()
        .map(line -> line.replaceAll("\"seconds_a_step\":[^,]*,", ""))
        .toList();
  }
}
