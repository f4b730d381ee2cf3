package io.loralake.jobs.generate.output;

import io.loralake.jobs.generate.Lines;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code manifest.json}: which shards belong to an output. A reader needs no listing. */
public final class OutputManifest {
  private final FileStore store;
  private final String out;

  public OutputManifest(final FileStore store, final String out) {
    this.store = store;
    this.out = out;
  }

  private record Shard(String name, int count, int successes, long bytes) {}

  private record Content(
      int plans, long planned, long successes, long failed, List<Shard> shards) {}

  /** Writes it anew, when all shards that it names are there. */
  public void write(final int plans, final Map<Integer, Shards.Stats> finished, final Totals totals)
      throws IOException {
    final List<Shard> shards =
        finished.entrySet().stream()
            .map(
                entry ->
                    new Shard(
                        Shards.name(entry.getKey()),
                        entry.getValue().count(),
                        entry.getValue().successes(),
                        entry.getValue().bytes()))
            .toList();
    store.putText(
        Lines.of(new Content(plans, totals.planned(), totals.successes(), totals.failed(), shards))
            + "\n",
        out + "/manifest.json");
  }
}
