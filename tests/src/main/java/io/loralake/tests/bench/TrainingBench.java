package io.loralake.tests.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.lab.BaseData;
import io.loralake.lab.BaseTraining;
import io.loralake.model.FluxConfig;
import io.loralake.model.Weights;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TensorData;
import io.loralake.tests.Tool;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.FlowBatch;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code scripts/bench training}: the lab's base trained by us and by diffusers on the same latents
 * with the same recipe, in turns of 100 steps, one thread each.
 */
@Command(
    name = "bench training",
    description =
        "Trains the lab's base beside diffusers' FluxTransformer2DModel, in turns of 100 steps: cost"
            + " of a step and loss on kept pictures.",
    mixinStandardHelpOptions = true)
public final class TrainingBench implements Callable<Integer> {
  private static final int TURN = 100; // BaseTraining tells after so many steps

  @Mixin private PeerOptions python;

  @Option(
      names = "--steps",
      defaultValue = "1500",
      description = "steps of each side, a multiple of 100 (default: ${DEFAULT-VALUE})")
  private int steps;

  @Option(
      names = "--pictures",
      defaultValue = "${sys:loralake.root:-.}/tests/lab/pictures",
      description = "the lab's picture shards (default: ${DEFAULT-VALUE})")
  private Path pictures;

  @Option(
      names = "--base",
      defaultValue = "${sys:loralake.root:-.}/tests/lab/base",
      description = "folder with the lab's auto-encoder (default: ${DEFAULT-VALUE})")
  private Path base;

  public static void main(final String[] args) {
    Tool.run(new TrainingBench(), args);
  }

  @Override
  public Integer call() throws IOException {
    final Path work = Files.createTempDirectory("training-bench");
    final FluxConfig config = FluxConfig.load("lab");
    final BaseTraining.Options options = new BaseTraining.Options(steps, 48, 3e-3, 0.999, 1, 1);
    try (NDManager manager = PyTorch.manager()) {
      final BaseData data = BaseData.encode(manager, pictures, base);
      final Path file = work.resolve("data.safetensors");
      SafetensorsWriter.write(file, tensors(manager, data), Map.of());
      try (Peer peer = python.start(recipe(config, options), file.toString())) {
        System.out.println("theirs: " + peer.description() + ", both sides f32, one thread");
        final Turns turns = new Turns(peer);
        final Weights weights =
            new BaseTraining(config, options, data.train(), data.kept(), data.side(), manager)
                .run(manager, work, turns);
        weights.close();
        turns.print();
        System.out.printf(
            "loss on kept pictures after %d steps: ours %.4f, theirs %.4f%n",
            steps,
            LossCurve.open(work).last("kept_loss"),
            peer.ask(Map.of("evaluate", true)).get("kept_loss").asDouble());
      }
    }
    return 0;
  }

  private static String recipe(final FluxConfig config, final BaseTraining.Options options)
      throws IOException {
    final ObjectMapper json = new ObjectMapper();
    final Map<String, Object> recipe = new LinkedHashMap<>();
    recipe.put("model", json.readTree(config.toJson()));
    recipe.put("steps", options.steps());
    recipe.put("batch", options.batch());
    recipe.put("learning_rate", options.learningRate());
    recipe.put("warmup", options.warmup());
    recipe.put("ema", options.emaDecay());
    recipe.put("empty_prompts", BaseTraining.EMPTY_PROMPTS);
    recipe.put("text_noise", BaseTraining.TEXT_NOISE);
    recipe.put("seed", options.seed());
    return json.writeValueAsString(recipe);
  }

  /**
   * Everything that trains, and the kept pictures with the noise and timesteps they are judged by.
   */
  private static Map<String, TensorData> tensors(final NDManager manager, final BaseData data) {
    final Map<String, TensorData> tensors = new LinkedHashMap<>(data.train().tensors("train."));
    tensors.putAll(data.kept().tensors("kept."));
    final CaptionedLatents kept = data.kept();
    final int count = kept.captions().length;
    final float[] noise = new float[(int) kept.latents().size()];
    final float[] timesteps = new float[count];
    for (int from = 0; from < count; from += BaseTraining.JUDGED_AT_ONCE) {
      final int to = Math.min(count, from + BaseTraining.JUDGED_AT_ONCE);
      try (NDManager batchManager = manager.newSubManager()) {
        final FlowBatch batch = kept.fixed(batchManager, from, to);
        copy(batch.noise(), noise, from * (noise.length / count));
        copy(batch.timesteps(), timesteps, from);
      }
    }
    tensors.put("kept.noise", TensorData.ofFloats(noise, kept.latents().getShape().getShape()));
    tensors.put("kept.timesteps", TensorData.ofFloats(timesteps, count));
    return tensors;
  }

  private static void copy(final NDArray array, final float[] target, final int at) {
    final float[] values = array.toFloatArray();
    System.arraycopy(values, 0, target, at, values.length);
  }

  /** Lets the peer train whenever our side has trained {@link #TURN} steps; takes both times. */
  private static final class Turns implements Consumer<String> {
    private final Peer peer;
    private final List<Double> ratios = new ArrayList<>();
    private long start = Clock.WALL.nanos();

    Turns(final Peer peer) {
      this.peer = peer;
    }

    @Override
    public void accept(final String line) {
      if (line.contains("kept_loss")) {
        start = Clock.WALL.nanos();
        return;
      }
      final double ours = Clock.WALL.secondsSince(start) / TURN;
      try {
        final double theirs = peer.ask(Map.of("steps", TURN)).get("seconds").asDouble() / TURN;
        ratios.add(ours / theirs);
        System.out.printf("%s; theirs %.4f s a step, ratio %.2f%n", line, theirs, ours / theirs);
      } catch (final IOException e) {
        throw new UncheckedIOException(e);
      }
      start = Clock.WALL.nanos();
    }

    void print() {
      final List<Double> sorted = ratios.stream().sorted().toList();
      System.out.printf(
          "a step of ours costs %.2f times theirs (median of %d turns)%n",
          sorted.get(sorted.size() / 2), sorted.size());
    }
  }
}
