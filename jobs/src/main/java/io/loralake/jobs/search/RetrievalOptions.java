package io.loralake.jobs.search;

import io.loralake.jobs.options.Bounds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Options of all verbs that let retrieval choose: which of a catalog's adapters it may give. */
public final class RetrievalOptions {
  /** Names of all of them. */
  public static final List<String> NAMES = List.of("--filter", "--max-similarity");

  @Option(
      names = "--filter",
      paramLabel = "KEY=VALUE",
      description =
          "Only adapters that the catalog knows to be so; may be repeated. Keys: "
              + SearchFilters.KEYS
              + ". Default: none.")
  private Map<String, String> filters = new LinkedHashMap<>();

  @Option(
      names = "--max-similarity",
      paramLabel = "COSINE",
      defaultValue = "1",
      description =
          "Of adapters whose embeddings are more alike than this (0 to 1), only the one that fits"
              + " best: with 0.95, one of a training's checkpoints. Default: ${DEFAULT-VALUE}, all.")
  private double maxSimilarity;

  /** Refuses what cannot be asked for. */
  public void check(final CommandSpec spec) {
    Bounds.requireOnceEach(spec, "--filter");
    Bounds.check(spec, () -> new SearchFilters(filters).condition());
    Bounds.require(
        spec,
        maxSimilarity >= 0 && maxSimilarity <= 1,
        "--max-similarity",
        maxSimilarity,
        "a number from 0 to 1");
  }

  public Map<String, String> filters() {
    return filters;
  }

  /** Cosine of two embeddings, at most; 1: no limit. */
  public double maxSimilarity() {
    return maxSimilarity;
  }
}
