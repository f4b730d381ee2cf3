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
import io.loralake.tensor.PyTorch;
import io.loralake.tests.Tool;
import io.loralake.training.AdapterTraining;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.LowRankMember;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scripts/bench adapters}: a step of a group of adapters beside PyTorch's, one thread. */
@Command(
    name = "bench adapters",
    description = "Times a training step of a group of adapters beside PyTorch.",
    mixinStandardHelpOptions = true)
public final class AdaptersBench implements Callable<Integer> {
  private static final int TEXT_TOKENS = 12;
  private static final int SIDE = 4;
  private static final int PICTURES = 24;
  private static final double TARGET = 1.2;

  @Mixin private PeerOptions python;

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

  @Option(
      names = "--steps",
      defaultValue = "8",
      description = "steps of each measurement (default: ${DEFAULT-VALUE})")
  private int steps;

  @Option(
      names = "--repetitions",
      defaultValue = "7",
      description = "measurements of each side (default: ${DEFAULT-VALUE})")
  private int repetitions;

  public static void main(final String[] args) {
    Tool.run(new AdaptersBench(), args);
  }

  @Override
  public Integer call() throws IOException {
    final FluxConfig config = FluxConfig.load(model);
    final Path sizes = Files.createTempFile("model", ".json");
    Files.writeString(sizes, config.toJson());
    try (NDManager manager = PyTorch.manager();
        Peer peer = python.start(sizes.toString())) {
      System.out.println("theirs: " + peer.description() + "; milliseconds are of one step");
      final FluxTransformer base =
          new FluxTransformer(
              config, Weights.random(FluxTransformer.layout(config), manager, Precision.F32, 1));
      final SideBySide table = new SideBySide(1, repetitions, System.out);
      for (final int group : groups) {
        table.run(row(base, manager, peer, group));
      }
    } finally {
      Files.delete(sizes);
    }
    return 0;
  }

  private Case row(
      final FluxTransformer base, final NDManager manager, final Peer peer, final int group) {
    final List<AdapterTraining.Subject> subjects =
        IntStream.range(0, group).mapToObj(i -> subject(base.config(), manager, i)).toList();
    final Case.Measurement ours =
        Clock.WALL.millis(
            () ->
                new AdapterTraining(base, new AdapterTraining.Options(steps, batch, 4e-3, 0))
                    .train(manager, subjects, SIDE, SIDE, Optional.empty(), done -> {}));
    return new Case(
        "group" + group,
        "%d adapters of rank %d, %d pictures each".formatted(group, rank, batch),
        TARGET,
        () -> ours.measure() / steps,
        () ->
            peer.ask(Map.of("group", group, "rank", rank, "batch", batch, "steps", steps))
                    .get("seconds_a_step")
                    .asDouble()
                * 1e3,
        () -> Double.NaN);
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
