package io.loralake.jobs.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchingTest {
  private static final int BATCH = 16;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 13, 50, 400})
  void tasksHoldAllBatchesInTheirOrder(final int batches) {
    assertThat(tasks(batches, 2).stream().flatMap(List::stream).map(Plan.Batch::number))
        .containsExactlyElementsOf(IntStream.range(0, batches).boxed().toList());
  }

  @Test
  void noTaskIsLargerThanAQuarterOfItsSlotsShare() {
    assertThat(tasks(64, 2)).allSatisfy(task -> assertThat(task).hasSizeLessThanOrEqualTo(8));
    assertThat(tasks(64, 2).get(0)).hasSize(8);
  }

  @Test
  void aLongPlanHasNoLongTasks() {
    final List<List<Plan.Batch>> tasks = tasks(1_000, 1);
    assertThat(tasks)
        .allSatisfy(task -> assertThat(task).hasSizeLessThanOrEqualTo(Batching.MOST_BATCHES));
    assertThat(tasks.get(0)).hasSize(Batching.MOST_BATCHES);
    assertThat(tasks.get(tasks.size() - 1)).hasSize(1);
  }

  /** 50 batches on two slots; at the end one waits for the other no longer than a batch takes. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 0.8, 0.4})
  void slotsAreDoneTogether(final double speedOfOne) {
    final double[] done = schedule(tasks(50, 2), 1, speedOfOne);
    assertThat(Math.abs(done[0] - done[1])).isLessThanOrEqualTo(1 / speedOfOne);
  }

  /** When each slot is done, in batches' times, if each takes the next task when it is free. */
  private static double[] schedule(final List<List<Plan.Batch>> tasks, final double... speeds) {
    final double[] done = new double[speeds.length];
    final PriorityQueue<Integer> free =
        new PriorityQueue<>(Comparator.comparingDouble(slot -> done[slot]));
    IntStream.range(0, speeds.length).forEach(free::add);
    for (final List<Plan.Batch> task : tasks) {
      final int slot = free.remove();
      done[slot] += task.size() / speeds[slot];
      free.add(slot);
    }
    return done;
  }

  private static List<List<Plan.Batch>> tasks(final int batches, final int slots) {
    final List<Plan.Picture> pictures = new ArrayList<>();
    for (int i = 0; i < batches * BATCH; i++) {
      pictures.add(picture("%05d".formatted(i)));
    }
    return Batching.tasks(Batching.batches(pictures, BATCH), slots);
  }

  private static Plan.Picture picture(final String key) {
    return new Plan.Picture(key, key, "a mosaic", "", 1, 64, 64, 10, 3, 1, List.of(), List.of());
  }
}
