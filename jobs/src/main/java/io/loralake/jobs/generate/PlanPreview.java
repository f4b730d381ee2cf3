package io.loralake.jobs.generate;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What plans would cost. */
final class PlanPreview {
  private final List<Plan> plans;
  private final int slots;

  /**
   * @param slots how many tasks run at once
   */
  PlanPreview(final List<Plan> plans, final int slots) {
    this.plans = plans;
    this.slots = slots;
  }

  /**
   * In words.
   *
   * @param time of a batch of the first plan
   */
  String describe(final StepTime time) {
    final Map<String, Long> sizes = new HashMap<>();
    final Set<String> used = new HashSet<>();
    int tasks = 0;
    double seconds = 0;
    for (final Plan plan : plans) {
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
    return String.format(
        Locale.ROOT,
        "%,d pictures in %,d batches, %,d tasks; %,d distinct adapters, %.1f MB to load; about %s:"
            + " a step of %d pictures was measured to take %.3f s, %d tasks run at once",
        plans.stream().mapToInt(Plan::pictures).sum(),
        plans.stream().mapToInt(plan -> plan.batches().size()).sum(),
        tasks,
        used.size(),
        used.stream().mapToLong(id -> sizes.getOrDefault(id, 0L)).sum() / 1e6,
        duration(seconds / slots),
        time.pictures(),
        time.step(),
        slots);
  }

  private static String duration(final double seconds) {
    return seconds < 120
        ? String.format(Locale.ROOT, "%.0f s", seconds)
        : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }
}
