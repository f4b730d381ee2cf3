package io.loralake.jobs.index;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What an index run is asked to do.
 *
 * @param sources URIs of folders or files, {@code hf:}, {@code civitai:}, {@code list:FILE}
 * @param catalog path of the catalog
 * @param model name or file of a model configuration; empty: the catalog's, else flux-dev
 * @param probes probe file; empty: the catalog's, else Gaussian
 * @param reread read files again that were indexed with another probe set
 * @param commitEvery bytes of files after which results are committed, small files counted as 2 MB
 * @param attempts how often a file is tried before it counts as failed
 * @param maxDuration after which the run stops, in a state from which the next goes on
 * @param dryRun list and compare, fetch nothing
 */
public record IndexOptions(
    List<String> sources,
    String catalog,
    Optional<String> model,
    Optional<String> probes,
    boolean reread,
    long commitEvery,
    int attempts,
    Optional<Duration> maxDuration,
    boolean dryRun) {

  public static final String DEFAULT_MODEL = "flux-dev";

  /** A run to the end. */
  public IndexOptions(
      final List<String> sources,
      final String catalog,
      final Optional<String> model,
      final Optional<String> probes,
      final boolean reread,
      final long commitEvery,
      final int attempts) {
    this(sources, catalog, model, probes, reread, commitEvery, attempts, Optional.empty(), false);
  }

  /** When a run that begins now must end, by the clock. */
  long deadlineMillis() {
    final long now = System.currentTimeMillis();
    return maxDuration
        .map(duration -> now + Math.min(duration.toMillis(), Long.MAX_VALUE - now))
        .orElse(Long.MAX_VALUE);
  }

  /** For the {@code runs} row. */
  Map<String, String> asMap() {
    final Map<String, String> map = new TreeMap<>();
    map.put("sources", String.join(" ", sources));
    map.put("catalog", catalog);
    model.ifPresent(value -> map.put("model", value));
    probes.ifPresent(value -> map.put("probes", value));
    map.put("reread", String.valueOf(reread));
    map.put("commit-every", String.valueOf(commitEvery));
    map.put("attempts", String.valueOf(attempts));
    maxDuration.ifPresent(value -> map.put("max-duration", value.toString()));
    map.put("dry-run", String.valueOf(dryRun));
    return map;
  }
}
