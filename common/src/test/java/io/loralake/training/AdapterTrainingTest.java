package io.loralake.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.LowRank;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.Noise;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters of a small random base that learn made-up latents. */
class AdapterTrainingTest {
  private static final FluxConfig CONFIG =
      new FluxConfig("small", 8, 12, 10, 32, 4, 2, 1, 1, List.of(4, 6, 6), 10_000, false);
  private static final LayerTable TABLE = LayerTable.of(CONFIG);
  private static final List<Layer> ALL = TABLE.blockLayers();
  private static final List<Layer> SOME =
      ALL.stream().filter(layer -> layer.name().contains("attn")).toList();
  private static final int SIDE = 2;

  private static final NDManager MANAGER = PyTorch.manager();
  private static final FluxTransformer BASE =
      new FluxTransformer(
          CONFIG, Weights.random(FluxTransformer.layout(CONFIG), MANAGER, Precision.F32, 5));

  @AfterAll
  static void free() {
    MANAGER.close();
  }

  /** Five pictures, each with two of three captions. */
  private static AdapterTraining.Subject subject(final LowRankMember member, final int data) {
    return new AdapterTraining.Subject(
        member,
        new CaptionedLatents(
            MANAGER.create(Noise.gaussian(data, 5 * 4 * 8), new Shape(5, 4, 8)).add(data),
            MANAGER.create(Noise.gaussian(data + 1, 4 * 3 * 10), new Shape(4, 3, 10)),
            MANAGER.create(Noise.gaussian(data + 2, 4 * 12), new Shape(4, 12)),
            IntStream.range(0, 5)
                .mapToObj(i -> new int[] {1 + i % 3, 1 + (i + 1) % 3})
                .toArray(int[][]::new)));
  }

  private static final List<AdapterTraining.Subject> SUBJECTS =
      List.of(
          subject(new LowRankMember(2, 2, ALL, 11), 1),
          subject(new LowRankMember(4, 1, SOME, 12), 2),
          subject(new LowRankMember(1, 3, ALL.subList(3, 6), 13), 3));

  private static List<TrainedAdapter> train(
      final int steps, final List<AdapterTraining.Subject> subjects) throws IOException {
    return train(steps, subjects, Optional.empty());
  }

  private static List<TrainedAdapter> train(
      final int steps,
      final List<AdapterTraining.Subject> subjects,
      final Optional<AdapterTraining.Saving> saving)
      throws IOException {
    return train(steps, subjects, saving, count -> {});
  }

  private static List<TrainedAdapter> train(
      final int steps,
      final List<AdapterTraining.Subject> subjects,
      final Optional<AdapterTraining.Saving> saving,
      final IntConsumer stepped)
      throws IOException {
    return new AdapterTraining(BASE, new AdapterTraining.Options(steps, 4, 4e-3, 0.1))
        .train(MANAGER, subjects, SIDE, SIDE, saving, stepped);
  }

  @Test
  void anAdapterBecomesWhatItWouldBecomeAlone() throws IOException {
    final List<TrainedAdapter> together = train(12, SUBJECTS);

    for (int i = 0; i < SUBJECTS.size(); i++) {
      final TrainedAdapter alone = train(12, List.of(SUBJECTS.get(i))).get(0);
      assertThat(together.get(i).factors()).hasSameSizeAs(alone.factors());
      assertThat(together.get(i).lastLoss()).isCloseTo(alone.lastLoss(), within(1e-5));
      for (final Map.Entry<String, LowRank> layer : alone.factors().entrySet()) {
        final LowRank same = together.get(i).factors().get(layer.getKey());
        assertThat(same.rank()).isEqualTo(SUBJECTS.get(i).member().rank());
        assertThat(same.a()).containsExactly(layer.getValue().a(), within(2e-5f));
        assertThat(same.b()).containsExactly(layer.getValue().b(), within(2e-5f));
      }
    }
  }

  @Test
  void everyLayerOfAnAdapterMovesAndItsLossFalls() throws IOException {
    final List<TrainedAdapter> trained = train(60, SUBJECTS);

    for (int i = 0; i < SUBJECTS.size(); i++) {
      final TrainedAdapter adapter = trained.get(i);
      assertThat(adapter.factors().keySet())
          .containsExactlyElementsOf(
              SUBJECTS.get(i).member().layers().stream().map(Layer::name).toList());
      adapter
          .factors()
          .forEach(
              (layer, update) ->
                  assertThat(update.b()).as(layer).isNotEqualTo(new float[update.b().length]));
      assertThat(adapter.lastLoss()).isLessThan(adapter.firstLoss());
    }
  }

  @Test
  void theSameSeedGivesTheSameBits() throws IOException {
    final LowRank first = train(5, SUBJECTS).get(0).factors().get("single_blocks.0.linear1");
    final LowRank second = train(5, SUBJECTS).get(0).factors().get("single_blocks.0.linear1");

    assertThat(first.a()).isEqualTo(second.a());
    assertThat(first.b()).isEqualTo(second.b());
  }

  @Test
  void anAdapterThatDivergesSpoilsNoOther() throws IOException {
    final AdapterTraining.Subject sound = SUBJECTS.get(0);
    final CaptionedLatents data = sound.data();
    final AdapterTraining.Subject broken =
        new AdapterTraining.Subject(
            new LowRankMember(2, 2, ALL, 14),
            new CaptionedLatents(
                data.latents().mul(Float.NaN), data.txt(), data.vec(), data.captions()));

    final List<TrainedAdapter> trained = train(12, List.of(broken, sound));

    assertThat(trained.get(0).isFinite()).isFalse();
    assertThat(trained.get(1).isFinite()).isTrue();
    assertThat(trained.get(1).lastLoss())
        .isCloseTo(train(12, List.of(sound)).get(0).lastLoss(), within(1e-5));
  }

  @Test
  void aKilledTrainingGoesOnToTheSameBits(@TempDir final Path folder) throws IOException {
    final TrainedAdapter whole = train(8, SUBJECTS).get(0);
    final AdapterTraining.Saving saving =
        new AdapterTraining.Saving(
            new TrainingCheckpoint(folder.resolve("group.safetensors"), "test"),
            3,
            AdapterTrainingTest::mustNotFail);
    train(8, SUBJECTS, Optional.of(saving)); // leaves the state after 6 steps, as a kill would

    final List<Integer> counts = new ArrayList<>();
    final TrainedAdapter resumed = train(8, SUBJECTS, Optional.of(saving), counts::add).get(0);
    assertThat(counts).containsExactly(6, 1, 1);

    assertThat(resumed.firstLoss()).isEqualTo(whole.firstLoss());
    assertThat(resumed.lastLoss()).isEqualTo(whole.lastLoss());
    whole
        .factors()
        .forEach(
            (layer, update) -> {
              assertThat(resumed.factors().get(layer).a()).isEqualTo(update.a());
              assertThat(resumed.factors().get(layer).b()).isEqualTo(update.b());
            });
  }

  private static void mustNotFail(final IOException failure) {
    throw new AssertionError(failure);
  }

  @Test
  void aCheckpointThatCannotBeWrittenIsToldAndTheTrainingGoesOn(@TempDir final Path folder)
      throws IOException {
    final Path noFolder = Files.createFile(folder.resolve("file"));
    final List<IOException> told = new ArrayList<>();
    final AdapterTraining.Saving saving =
        new AdapterTraining.Saving(
            new TrainingCheckpoint(noFolder.resolve("group.safetensors"), "test"), 3, told::add);

    final List<TrainedAdapter> trained = train(8, SUBJECTS, Optional.of(saving));

    assertThat(told).hasSize(2).allSatisfy(e -> assertThat(e).hasMessageContaining("" + noFolder));
    assertThat(trained.get(0).lastLoss()).isEqualTo(train(8, SUBJECTS).get(0).lastLoss());
  }
}
