package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.RotaryEmbedding;
import io.loralake.model.LayerTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * Trains a group of adapters at once on one frozen base model, by the flow-matching loss. Each
 * adapter has data, seed, rank, alpha and layers of its own and becomes what it would become alone:
 * nothing is shared but the passes through the base. The base is only read, so that several
 * trainings may share it.
 */
public final class AdapterTraining {
  private static final AdamW.Options ADAM = AdamW.Options.DEFAULT.withWeightDecay(0);

  /** How many steps at each end make up the reported losses. */
  private static final int REPORTED_STEPS = 8;

  /**
   * @param steps Adam steps
   * @param batch pictures of each adapter a step
   * @param learningRate of the first step; it falls to 0 along a line
   * @param emptyPrompts share of the captions that are replaced by the empty prompt
   */
  public record Options(int steps, int batch, double learningRate, double emptyPrompts) {
    public Options {
      if (steps <= 0 || batch <= 0 || !(learningRate > 0) || emptyPrompts < 0 || emptyPrompts > 1) {
        throw new IllegalArgumentException(
            "Training needs positive steps, batch and learning rate, and a share of empty prompts from 0 to 1");
      }
    }

    double rate(final int step) {
      return learningRate * (steps - step) / steps;
    }
  }

  /**
   * An adapter and what it learns from.
   *
   * @param data latents all of one size; the same token count for all adapters of a group
   */
  public record Subject(LowRankMember member, CaptionedLatents data) {}

  /**
   * Lets a killed training go on.
   *
   * @param every steps between two savings
   * @param failed is told why one did not succeed; the training goes on
   */
  public record Saving(TrainingCheckpoint checkpoint, int every, Consumer<IOException> failed) {
    void save(final int step, final Map<String, Map<String, NDArray>> state) {
      try {
        checkpoint.save(step, state);
      } catch (final IOException e) {
        failed.accept(e);
      }
    }
  }

  private final FluxTransformer base;
  private final Options options;

  public AdapterTraining(final FluxTransformer base, final Options options) {
    this.base = base;
    this.options = options;
  }

  /**
   * Trains a group.
   *
   * @param parent on the base's device; what training makes is freed again
   * @param rows latent tokens from top to bottom of a picture
   * @param columns from left to right
   * @param saving where to save and to go on from
   * @param stepped is told how many steps were done: those of a checkpoint at once, others one by
   *     one
   * @throws IOException when the checkpoint cannot be read
   */
  public List<TrainedAdapter> train(
      final NDManager parent,
      final List<Subject> subjects,
      final int rows,
      final int columns,
      final Optional<Saving> saving,
      final IntConsumer stepped)
      throws IOException {
    final List<LowRankMember> members = subjects.stream().map(Subject::member).toList();
    try (NDManager manager = parent.newSubManager()) {
      final Map<String, NDArray> parameters =
          LowRankGroup.initial(manager, LayerTable.of(base.config()).layers(), members);
      final Losses losses = new Losses(manager, subjects.size());
      try (Steps steps = new Steps(manager, parameters, subjects, rows, columns)) {
        final Map<String, Map<String, NDArray>> state = steps.state();
        state.put("losses", losses.means());
        int step = saving.isPresent() ? saving.get().checkpoint().restore(state) : 0;
        stepped.accept(step);
        while (step < options.steps()) {
          losses.add(step, steps.run(step));
          step++;
          stepped.accept(1);
          if (saving.isPresent() && step % saving.get().every() == 0) {
            saving.get().save(step, state);
          }
        }
      }
      return trained(parameters, members, losses);
    }
  }

  private static List<TrainedAdapter> trained(
      final Map<String, NDArray> parameters,
      final List<LowRankMember> members,
      final Losses losses) {
    final float[] first = losses.first.toFloatArray();
    final float[] last = losses.last.toFloatArray();
    final List<TrainedAdapter> trained = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      trained.add(
          new TrainedAdapter(
              LowRankGroup.factors(parameters, members.get(i), i),
              members.get(i).alpha(),
              first[i],
              last[i]));
    }
    return trained;
  }

  /** The loop's inside: losses forth, gradients back, one Adam step. */
  private final class Steps implements AutoCloseable {
    private final List<Subject> subjects;
    private final NDArray pe;
    private final AdamW optimizer;
    private final DataParallel<LowRankGroup> gradients;

    Steps(
        final NDManager manager,
        final Map<String, NDArray> parameters,
        final List<Subject> subjects,
        final int rows,
        final int columns) {
      this.subjects = subjects;
      final int txtTokens = (int) subjects.get(0).data().txt().getShape().get(1);
      this.pe = new RotaryEmbedding(base.config()).embed(manager, txtTokens, rows, columns);
      final NDArray scales =
          LowRankGroup.scales(manager, subjects.stream().map(Subject::member).toList());
      this.optimizer = new AdamW(manager, parameters, ADAM);
      this.gradients =
          new DataParallel<>(
              manager,
              parameters,
              1,
              handles -> new LowRankGroup(handles, scales, base.weights().precision()));
    }

    /** Everything that a step changes. */
    Map<String, Map<String, NDArray>> state() {
      return optimizer.state();
    }

    /** The mean loss of each adapter's batch before the step. */
    float[] run(final int step) {
      final float[][] losses = new float[1][];
      try (DataParallel.Result result =
          gradients.backward(
              (group, manager, part, parts) -> {
                final NDArray each = // (G)
                    batch(manager, step)
                        .losses(base, pe, group)
                        .reshape(subjects.size(), options.batch())
                        .mean(new int[] {1});
                losses[0] = each.toFloatArray();
                return each.sum();
              })) {
        optimizer.update(step, result.gradients(), options.rate(step));
      }
      return losses[0];
    }

    private FlowBatch batch(final NDManager manager, final int step) {
      final List<FlowBatch> batches = new ArrayList<>();
      for (final Subject subject : subjects) {
        final SplittableRandom random =
            new SplittableRandom(subject.member().seed() * 1_000_003L + step);
        batches.add(subject.data().draw(manager, random, options.batch(), options.emptyPrompts()));
      }
      return new FlowBatch(
          concat(batches, FlowBatch::latents),
          concat(batches, FlowBatch::noise),
          concat(batches, FlowBatch::timesteps),
          concat(batches, FlowBatch::txt),
          concat(batches, FlowBatch::vec));
    }

    private static NDArray concat(
        final List<FlowBatch> batches, final Function<FlowBatch, NDArray> part) {
      return NDArrays.concat(new NDList(batches.stream().map(part).toList()), 0);
    }

    @Override
    public void close() {
      gradients.close();
      optimizer.close();
    }
  }

  /** Means of the losses at both ends of the run. */
  private final class Losses {
    private final int steps = Math.min(REPORTED_STEPS, options.steps());
    private final NDArray first; // (G)
    private final NDArray last; // (G)

    Losses(final NDManager manager, final int adapters) {
      this.first = manager.zeros(new Shape(adapters));
      this.last = manager.zeros(new Shape(adapters));
    }

    Map<String, NDArray> means() {
      return Map.of("first", first, "last", last);
    }

    void add(final int step, final float[] losses) {
      if (step < steps) {
        add(first, losses);
      }
      if (step >= options.steps() - steps) {
        add(last, losses);
      }
    }

    private void add(final NDArray mean, final float[] losses) {
      try (NDManager manager = mean.getManager().newSubManager()) {
        mean.addi(manager.create(losses).divi(steps));
      }
    }
  }
}
