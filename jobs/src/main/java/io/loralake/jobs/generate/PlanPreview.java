package io.loralake.jobs.generate;

import io.loralake.jobs.generate.paint.StepTime;
import io.loralake.jobs.generate.plan.Batching;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.runtime.Amount;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What plans would cost. */
final class PlanPreview {
  private final int slots;
  private final Measuring measuring;
  private final Map<String, Long> sizes = new HashMap<>();
  private final Set<String> used = new HashSet<>();
  private StepTime time;
  private int pictures;
  private int batches;
  private int tasks;
  private double seconds;

  /**
   * @param slots how many tasks run at once
   */
  PlanPreview(final int slots, final Measuring measuring) {
    this.slots = slots;
    this.measuring = measuring;
  }

  /** Measures the first batch of a plan. */
  @FunctionalInterface
  interface Measuring {
    StepTime measure(Plan plan);
  }

  /** Counts a plan in; the first one is measured. */
  void add(final Plan plan) {
    if (time == null) {
      time = measuring.measure(plan);
    }
    pictures += plan.pictures();
    batches += plan.batches().size();
    tasks += Batching.tasks(plan.batches(), slots).size();
    for (final Plan.KnownAdapter adapter : plan.header().adapters()) {
      sizes.put(
          adapter.adapterId(),
          adapter.locations().isEmpty() ? 0 : adapter.locations().get(0).size());
    }
    for (final Plan.Batch batch : plan.batches()) {
      seconds += time.of(batch);
      for (final Plan.Picture picture : batch.pictures()) {
        picture.adapters().forEach(each -> used.add(each.adapterId()));
      }
    }
  }

  /** In words. */
  String describe() {
    if (time == null) {
      return "nothing to do";
    }
    return String.format(
        Locale.ROOT,
        "%s in %s, %s; %s, %.1f MB to load; about %s:"
            + " a step of %s was measured to take %.3f s, %s at once",
        Amount.of(pictures, "picture"),
        Amount.of(batches, "batch"),
        Amount.of(tasks, "task"),
        Amount.of(used.size(), "distinct adapter"),
        used.stream().mapToLong(id -> sizes.getOrDefault(id, 0L)).sum() / 1e6,
        duration(seconds / slots),
        Amount.of(time.pictures(), "picture"),
        time.step(),
        Amount.of(slots, "task") + (slots == 1 ? " runs" : " run"));
  }

  /** In seconds, minutes or hours. */
  static String duration(final double seconds) {
    if (seconds < 120) {
      return String.format(Locale.ROOT, "%.0f s", seconds);
    }
    return seconds < 2 * 3600
        ? String.format(Locale.ROOT, "%.0f minutes", seconds / 60)
        : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }
}
