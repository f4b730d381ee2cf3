package io.loralake.jobs.generate;

import io.loralake.jobs.generate.output.OutcomeRows;
import io.loralake.jobs.generate.output.PlanFiles;
import io.loralake.jobs.generate.output.Shards;
import io.loralake.jobs.generate.plan.Plan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What runs before this one have planned for an output. */
final class EarlierPlans {
  private static final Logger LOG = LoggerFactory.getLogger(EarlierPlans.class);

  private final GenerateOptions options;
  private final PlanFiles plans;
  private final List<Plan.Header> headers;

  EarlierPlans(final GenerateOptions options, final PlanFiles plans) throws IOException {
    this.options = options;
    this.plans = plans;
    this.headers = plans.headers();
  }

  int count() {
    return headers.size();
  }

  /**
   * Pictures of one output are comparable.
   *
   * @throws IllegalArgumentException when the output was begun with other options
   */
  void requireSameOptions() {
    if (headers.isEmpty()) {
      return;
    }
    final Map<String, String> begun = headers.get(0).options();
    options
        .shared()
        .forEach(
            (name, value) -> {
              if (!value.equals(begun.get(name))) {
                throw new IllegalArgumentException(
                    "%s was begun %s, not with %s: go on with the same, or choose another --out"
                        .formatted(
                            options.out(),
                            begun.containsKey(name)
                                ? "with %s %s"
                                    .formatted(name, GenerateOptions.inWords(name, begun.get(name)))
                                : "without " + name,
                            GenerateOptions.inWords(name, value)));
              }
            });
  }

  /**
   * @param fingerprint of this run's base model
   * @throws IllegalArgumentException when the output was begun with another
   */
  void requireSameBase(final String fingerprint) {
    for (final Plan.Header header : headers) {
      if (!header.model().equals(fingerprint)) {
        throw new IllegalArgumentException(
            "%s was begun with base model %s, --base %s is %s: go on with the same, or choose another --out"
                .formatted(options.out(), header.model(), options.base(), fingerprint));
      }
    }
  }

  /**
   * What there is to go on with. What has failed is settled too, unless this run is to try it
   * again; then plans of which shards were lost are not finished either.
   *
   * @param shards numbers of those that the output has
   * @param outcomes of the output's pictures
   */
  Settled settled(final Set<Integer> shards, final OutcomeRows outcomes) throws IOException {
    final Set<Integer> done = new HashSet<>(plans.done());
    final Map<String, String> hashes = new HashMap<>();
    final Set<String> pending = new HashSet<>();
    final List<Plan.Header> unfinished = new ArrayList<>();
    final List<String> lost = new ArrayList<>();
    int planned = 0;
    for (final Plan.Header header : headers) {
      final Plan plan = plans.read(header.number());
      final List<Shards.Shard> all = Shards.of(plan);
      final List<String> gone =
          all.stream()
              .filter(shard -> !shards.contains(shard.number()))
              .map(Shards.Shard::name)
              .toList();
      final boolean finished = done.contains(header.number());
      if (finished) {
        lost.addAll(gone);
      }
      final boolean open = !finished || options.retryFailed() && !gone.isEmpty();
      if (open) {
        unfinished.add(header);
      }
      for (final Plan.Batch batch : plan.batches()) {
        for (final Plan.Picture picture : batch.pictures()) {
          hashes.put(picture.key(), picture.rowHash());
          if (open) {
            pending.add(picture.key());
          }
        }
      }
      planned += all.size();
    }
    if (options.retryFailed()) {
      final Set<String> failed = new HashSet<>(outcomes.failed());
      failed.removeAll(pending);
      hashes.keySet().removeAll(failed);
    } else if (!lost.isEmpty()) {
      LOG.warn(
          "generate: shards {} of {} are not there any more; --retry-failed paints them again",
          lost,
          options.out());
    }
    return new Settled(hashes, planned, unfinished);
  }
}
