package io.loralake.jobs.generate.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.generate.paint.StepTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchingTest {
  private static final int BATCH = 16;

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 200, 6400})
  void tasksHoldAllBatchesInTheirOrder(final int pictures) {
    final List<Plan.Batch> batches = Batching.batches(pictures(pictures), BATCH);
    assertThat(Batching.tasks(batches, 2).stream().flatMap(List::stream))
        .containsExactlyElementsOf(batches);
    assertThat(batches.stream().map(Plan.Batch::number))
        .containsExactlyElementsOf(IntStream.range(0, batches.size()).boxed().toList());
  }

  @Test
  void noTaskIsLargerThanAQuarterOfItsSlotsShare() {
    assertThat(tasks(64, 2)).allSatisfy(task -> assertThat(task).hasSizeLessThanOrEqualTo(8));
    assertThat(tasks(64, 2).get(0)).hasSize(8);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 17, 200, 1000})
  void batchesGetSmallerTowardsTheEnd(final int pictures) {
    final List<Integer> sizes =
        Batching.batches(pictures(pictures), BATCH).stream()
            .map(batch -> batch.pictures().size())
            .toList();
    assertThat(sizes.stream().mapToInt(size -> size).sum()).isEqualTo(pictures);
    assertThat(sizes).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(sizes.get(sizes.size() - 1)).isLessThanOrEqualTo(BATCH / 2);
    assertThat(sizes.stream().filter(size -> size < BATCH).count()).isLessThanOrEqualTo(3);
  }

  /** 400 pictures are 25 batches: in whole ones a slot of two would have 16 more to do. */
  @ParameterizedTest
  @ValueSource(ints = {100, 200, 400, 800})
  void slotsHaveAsMuchToDo(final int pictures) {
    final double[] done =
        schedule(Batching.tasks(Batching.batches(pictures(pictures), BATCH), 2), 1, 1);
    assertThat(Math.max(done[0], done[1])).isLessThanOrEqualTo(pictures / 2 + 2);
  }

  /** A batch has one shape of tensors, one list of noise levels, and one way of guiding. */
  @Test
  void picturesOfABatchAreAlike() {
    final List<Plan.Picture> mixed = new ArrayList<>();
    for (int i = 0; i < 4; i++) { // each differs in one thing from the next in order
      mixed.add(picture("plain" + i));
      mixed.add(picture("wide" + i, 96, 96, 20, 2));
      mixed.add(picture("high" + i, 64, 96, 20, 2));
      mixed.add(picture("slow" + i, 64, 64, 20, 2));
      mixed.add(picture("guided" + i, 64, 64, 10, 2 + i));
    }
    final List<String> batches =
        Batching.batches(mixed, BATCH).stream()
            .map(
                batch ->
                    batch.pictures().stream().map(Plan.Picture::key).collect(Collectors.joining()))
            .toList();
    assertThat(batches)
        .containsExactly(
            "plain0plain1plain2plain3",
            "guided0guided1guided2guided3",
            "slow0slow1slow2slow3",
            "high0high1high2high3",
            "wide0wide1wide2wide3");
  }

  @Test
  void neighboursShareAdapters() {
    final List<Plan.Picture> mixed = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      mixed.add(picture("%05d".formatted(i), i % 2 == 0 ? "x" : "y", "z"));
    }
    assertThat(Batching.batches(mixed, BATCH))
        .hasSizeGreaterThan(1)
        .flatExtracting(Plan.Batch::pictures)
        .extracting(picture -> picture.adapters().get(0).adapterId())
        .containsExactlyElementsOf(
            Stream.concat(
                    Collections.nCopies(16, "x").stream(), Collections.nCopies(16, "y").stream())
                .toList());
  }

  @Test
  void timeIsOfStepsAndOfTheRest() {
    final StepTime time = new StepTime(2, 6, 4, 3);
    final Plan.Batch batch = new Plan.Batch(0, List.of(picture("a"), picture("b")));
    assertThat(batch.cost()).isEqualTo(2 * 64 * 64 * 10);
    assertThat(time.of(batch)).isEqualTo(2 * batch.cost() / 4 + 6 * 2 / 3.0);
    assertThat(picture("guided", 64, 64, 10, 2).cost()).isEqualTo(2 * picture("plain").cost());
  }

  @Test
  void aLongPlanHasNoLongTasks() {
    final List<List<Plan.Batch>> tasks = tasks(1_000, 1);
    assertThat(tasks)
        .allSatisfy(task -> assertThat(task).hasSizeLessThanOrEqualTo(Batching.MOST_BATCHES));
    assertThat(tasks.get(0)).hasSize(Batching.MOST_BATCHES);
    assertThat(tasks.get(tasks.size() - 1)).hasSize(1);
  }

  /** 800 pictures on two slots; at the end one waits for the other no longer than a batch takes. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 0.8, 0.4})
  void slotsAreDoneTogether(final double speedOfOne) {
    final double[] done = schedule(tasks(50, 2), 1, speedOfOne);
    assertThat(Math.abs(done[0] - done[1])).isLessThanOrEqualTo(BATCH / speedOfOne);
  }

  /** When each slot is done, in pictures' times, if each takes the next task when it is free. */
  private static double[] schedule(final List<List<Plan.Batch>> tasks, final double... speeds) {
    final double[] done = new double[speeds.length];
    final PriorityQueue<Integer> free =
        new PriorityQueue<>(Comparator.comparingDouble(slot -> done[slot]));
    IntStream.range(0, speeds.length).forEach(free::add);
    for (final List<Plan.Batch> task : tasks) {
      final int slot = free.remove();
      done[slot] += task.stream().mapToInt(batch -> batch.pictures().size()).sum() / speeds[slot];
      free.add(slot);
    }
    return done;
  }

  private static List<List<Plan.Batch>> tasks(final int batches, final int slots) {
    return Batching.tasks(Batching.batches(pictures(batches * BATCH), BATCH), slots);
  }

  private static List<Plan.Picture> pictures(final int count) {
    return IntStream.range(0, count).mapToObj(i -> picture("%05d".formatted(i))).toList();
  }

  private static Plan.Picture picture(final String key) {
    return picture(key, 64, 64, 10, 1);
  }

  private static Plan.Picture picture(
      final String key,
      final int width,
      final int height,
      final int steps,
      final double trueGuidance) {
    return new Plan.Picture(
        key, key, "", "", 1, width, height, steps, 3, trueGuidance, List.of(), List.of());
  }

  private static Plan.Picture picture(final String key, final String... adapters) {
    final List<Plan.ChosenAdapter> chosen =
        Stream.of(adapters).map(id -> new Plan.ChosenAdapter(id, null, 1)).toList();
    return new Plan.Picture(key, key, "", "", 1, 64, 64, 10, 3, 1, chosen, List.of());
  }
}
