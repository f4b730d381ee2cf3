package io.loralake.jobs.generate.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Cuts pictures into batches, and batches into tasks. */
public final class Batching {
  /** A task takes at most this part of what its slot has yet to do. */
  private static final int TASKS_PER_SLOT = 4;

  /**
   * Where text models and transformer take turns, the text features of a task's prompts lie on the
   * device until the task is done (T5: 512 x 4096 numbers, 4.2 MB a picture in bfloat16); and a
   * long plan must show how far it is. Neighbouring tasks share adapters as neighbouring batches
   * do, so the bound costs little.
   */
  static final int MOST_BATCHES = 32;

  private Batching() {}

  private static final Comparator<Plan.Picture> ORDER =
      Comparator.comparingInt(Plan.Picture::width)
          .thenComparingInt(Plan.Picture::height)
          .thenComparingInt(Plan.Picture::steps)
          .thenComparing(Batching::isGuided)
          .thenComparing(Batching::adapterIds)
          .thenComparing(Plan.Picture::key);

  private static boolean isGuided(final Plan.Picture picture) {
    return picture.trueGuidance() != 1;
  }

  private static String adapterIds(final Plan.Picture picture) {
    return picture.adapters().stream()
        .map(Plan.ChosenAdapter::adapterId)
        .collect(Collectors.joining(" "));
  }

  /**
   * Batches of pictures of one size, one number of steps, guided or not; neighbours share adapters.
   * The last ones are smaller, so that slots are done at about the same time. Of the same pictures
   * always the same, however many slots there are: other batches would be other last bits.
   *
   * @param size pictures of a batch, at most
   */
  public static List<Plan.Batch> batches(final List<Plan.Picture> pictures, final int size) {
    final List<Plan.Batch> batches = new ArrayList<>();
    List<Plan.Picture> batch = new ArrayList<>();
    int left = pictures.size();
    int room = room(left, size);
    for (final Plan.Picture picture : pictures.stream().sorted(ORDER).toList()) {
      if (!batch.isEmpty() && (batch.size() == room || !areAlike(batch.get(0), picture))) {
        batches.add(new Plan.Batch(batches.size(), batch));
        left -= batch.size();
        room = room(left, size);
        batch = new ArrayList<>();
      }
      batch.add(picture);
    }
    if (!batch.isEmpty()) {
      batches.add(new Plan.Batch(batches.size(), batch));
    }
    return batches;
  }

  /** Half of what is left, but not less than half a batch: smaller ones take longer a picture. */
  private static int room(final int left, final int size) {
    return Math.min(size, Math.max(half(left), half(size)));
  }

  private static int half(final int pictures) {
    return (pictures + 1) / 2;
  }

  private static boolean areAlike(final Plan.Picture a, final Plan.Picture b) {
    return a.width() == b.width()
        && a.height() == b.height()
        && a.steps() == b.steps()
        && isGuided(a) == isGuided(b);
  }

  /**
   * Runs of batches, the first of about equal cost, or of {@link #MOST_BATCHES}, the last of one
   * batch each: a slot that is slower takes fewer, and none waits long for the last one.
   *
   * @param slots how many tasks can run at once
   */
  public static List<List<Plan.Batch>> tasks(final List<Plan.Batch> batches, final int slots) {
    final List<List<Plan.Batch>> tasks = new ArrayList<>();
    double left = batches.stream().mapToDouble(Plan.Batch::cost).sum();
    List<Plan.Batch> task = new ArrayList<>();
    double cost = 0;
    for (final Plan.Batch batch : batches) {
      final boolean full =
          task.size() == MOST_BATCHES || cost + batch.cost() / 2 > left / (slots * TASKS_PER_SLOT);
      if (!task.isEmpty() && full) {
        tasks.add(task);
        left -= cost;
        task = new ArrayList<>();
        cost = 0;
      }
      task.add(batch);
      cost += batch.cost();
    }
    if (!task.isEmpty()) {
      tasks.add(task);
    }
    return tasks;
  }
}
