package io.loralake.jobs.index;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What an index run is asked to do.
 *
 * @param sources URIs of folders or files
 * @param catalog path of the catalog
 * @param model name or file of a model configuration; empty: the catalog's, else flux-dev
 * @param probes probe file; empty: the catalog's, else Gaussian
 * @param reread read files again that were indexed with another probe set
 * @param commitEvery bytes of files after which results are committed, small files counted as 2 MB
 * @param attempts how often a file is tried before it counts as failed
 */
public record IndexOptions(
    List<String> sources,
    String catalog,
    Optional<String> model,
    Optional<String> probes,
    boolean reread,
    long commitEvery,
    int attempts) {

  public static final String DEFAULT_MODEL = "flux-dev";

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
    return map;
  }
}
