package io.loralake.tests.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.Noise;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.training.AdapterTraining;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.LowRankMember;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Seconds that a step of a group of adapters takes on a random base of a given size. */
@Command(
    name = "adapter-training",
    description = "Times a training step of a group of adapters, one thread.",
    mixinStandardHelpOptions = true)
public final class AdapterTrainingBench implements Callable<Integer> {
  private static final int TEXT_TOKENS = 12;
  private static final int SIDE = 4;
  private static final int PICTURES = 24;

  @Option(names = "--model", defaultValue = "lab", description = "base (default: ${DEFAULT-VALUE})")
  private String model;

  @Option(
      names = "--groups",
      split = ",",
      defaultValue = "1,4,8,16",
      description = "adapters in a group (default: ${DEFAULT-VALUE})")
  private List<Integer> groups;

  @Option(names = "--rank", defaultValue = "4", description = "rank (default: ${DEFAULT-VALUE})")
  private int rank;

  @Option(names = "--batch", defaultValue = "16", description = "batch (default: ${DEFAULT-VALUE})")
  private int batch;

  @Option(names = "--steps", defaultValue = "12", description = "steps (default: ${DEFAULT-VALUE})")
  private int steps;

  public static void main(final String[] args) {
    System.exit(
        new CommandLine(new AdapterTrainingBench())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args));
  }

  @Override
  public Integer call() {
    final FluxConfig config = FluxConfig.load(model);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final FluxTransformer base =
          new FluxTransformer(
              config, Weights.random(FluxTransformer.layout(config), manager, Precision.F32, 1));
      for (final int group : groups) {
        final List<AdapterTraining.Subject> subjects =
            IntStream.range(0, group).mapToObj(i -> subject(config, manager, i)).toList();
        train(base, manager, subjects, 2);
        final long start = System.nanoTime();
        train(base, manager, subjects, steps);
        final double seconds = (System.nanoTime() - start) / 1e9 / steps;
        System.out.printf(
            Locale.ROOT,
            "%2d adapters of rank %d, batch %d each: %.3f s a step, %.4f s an adapter%n",
            group,
            rank,
            batch,
            seconds,
            seconds / group);
      }
    }
    return 0;
  }

  private void train(
      final FluxTransformer base,
      final NDManager manager,
      final List<AdapterTraining.Subject> subjects,
      final int count) {
    new AdapterTraining(base, new AdapterTraining.Options(count, batch, 4e-3, 0))
        .train(manager, subjects, SIDE, SIDE);
  }

  private AdapterTraining.Subject subject(
      final FluxConfig config, final NDManager manager, final int seed) {
    final int width = config.inChannels();
    return new AdapterTraining.Subject(
        new LowRankMember(rank, rank, LayerTable.of(config).blockLayers(), seed),
        new CaptionedLatents(
            normal(manager, seed, PICTURES, SIDE * SIDE, width),
            normal(manager, seed + 1, PICTURES, TEXT_TOKENS, config.contextInDim()),
            normal(manager, seed + 2, PICTURES, config.vecInDim()),
            IntStream.range(0, PICTURES).mapToObj(i -> new int[] {i}).toArray(int[][]::new)));
  }

  private static NDArray normal(final NDManager manager, final long seed, final long... shape) {
    final Shape wanted = new Shape(shape);
    return manager.create(Noise.gaussian(seed, (int) wanted.size()), wanted);
  }
}
