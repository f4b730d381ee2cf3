package io.loralake.tests.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.alignment.ContrastiveGradients;
import io.loralake.alignment.ContrastiveModel;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.ContrastiveRow;
import io.loralake.alignment.LocalGradients;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tests.Tool;
import io.loralake.training.AdamW;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scripts/bench alignment}: a step of contrastive training beside PyTorch's. */
@Command(
    name = "bench alignment",
    description =
        "Times a step of contrastive training beside the same model in PyTorch; and what is trained"
            + " by passes over sketches that the driver does not hold; and how fast a new encoder"
            + " embeds a catalog.",
    mixinStandardHelpOptions = true)
public final class AlignmentBench implements Callable<Integer> {
  private static final int WIDTH = 384;
  private static final int STEPS = 20;

  @Mixin private PeerOptions python;

  @Mixin private Timing timing;

  @Option(
      names = "--part",
      split = ",",
      defaultValue = "step",
      description =
          "step, large, embed; more than one with commas between (default: ${DEFAULT-VALUE})")
  private List<String> parts;

  @Option(
      names = "--sketches",
      split = ",",
      defaultValue = "10000,100000",
      description = "large, embed: how many (default: ${DEFAULT-VALUE})")
  private List<Integer> sketches;

  public static void main(final String[] args) {
    Tool.run(new AlignmentBench(), args);
  }

  @Override
  public Integer call() throws IOException {
    if (parts.contains("step")) {
      besidePeer();
    }
    if (parts.contains("large")) {
      for (final int count : sketches) {
        LargeTraining.measure(count);
      }
    }
    if (parts.contains("embed")) {
      for (final int count : sketches) {
        LargeEmbedding.measure(count);
      }
    }
    return 0;
  }

  private void besidePeer() throws IOException {
    final Path work = Files.createTempDirectory("alignment-bench");
    try (Peer peer =
        python.start(work.toString(), Precision.F32.toString(), timing.clock().toString())) {
      System.out.println(
          "theirs: " + peer.description() + ", one thread, " + timing.clock() + " time");
      final SideBySide table = new SideBySide(2, timing.repetitions(), System.out);
      for (final int batch : new int[] {96, 192, 384, 768, 1536}) {
        final int components = ContrastiveOptions.DEFAULT.components(batch);
        try (Training training = new Training(batch, components)) {
          table.run(
              new Case(
                  String.valueOf(batch),
                  "a step, batch %d, %d components".formatted(batch, components),
                  1 / 0.9,
                  () -> timing.clock().millis(training::steps).measure() / STEPS,
                  () -> peer.measure(String.valueOf(components), batch),
                  () -> Double.NaN));
        }
      }
    }
  }

  /** A training without evaluations. */
  private static final class Training implements AutoCloseable {
    private final NDManager manager = PyTorch.manager();
    private final Map<String, NDArray> parameters;
    private final AdamW optimizer;
    private final LocalGradients gradients;
    private final int[] batch;
    private int step;

    Training(final int size, final int components) {
      final ContrastiveOptions options = ContrastiveOptions.DEFAULT;
      final Random random = new Random(0);
      final List<ContrastiveRow> rows = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        rows.add(
            new ContrastiveRow(
                i,
                i,
                new float[][] {gaussian(random, components)},
                new float[][] {gaussian(random, WIDTH)},
                1));
      }
      this.batch = IntStream.range(0, size).toArray();
      this.parameters = ContrastiveModel.start(manager, components, WIDTH, options);
      this.optimizer =
          new AdamW(
              manager, parameters, AdamW.Options.DEFAULT.withWeightDecay(options.weightDecay()));
      this.gradients = LocalGradients.of(rows, options);
    }

    private static float[] gaussian(final Random random, final int width) {
      final float[] values = new float[width];
      for (int i = 0; i < width; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return values;
    }

    void steps() {
      for (int i = 0; i < STEPS; i++) {
        try (ContrastiveGradients.Step result = gradients.of(step, batch, parameters)) {
          optimizer.update(step, result.gradients(), 2e-3);
        }
        step++;
      }
    }

    @Override
    public void close() {
      gradients.close();
      optimizer.close();
      manager.close();
    }
  }
}
