package io.loralake.jobs.generate.output;

import io.loralake.jobs.generate.Lines;
import io.loralake.jobs.runtime.WorkFolder;
import io.loralake.source.FileStore;
import io.loralake.source.WebDatasetWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes a shard of finished batches: pictures, a parquet file with a row for each planned picture,
 * and last the statistics, which say that the shard is there.
 */
public final class ShardTask {
  /** Beside loose pictures: their prompts, as {@code datasets} looks for them. */
  static final String CAPTIONS = "metadata.jsonl";

  private final FileStore store;
  private final String out;
  private final int plan;
  private final boolean loose;

  /**
   * @param loose pictures as files of a folder instead of a tar file
   */
  public ShardTask(final FileStore store, final String out, final int plan, final boolean loose) {
    this.store = store;
    this.out = out;
    this.plan = plan;
    this.loose = loose;
  }

  /**
   * Writes the shard.
   *
   * @throws IllegalStateException when the batches do not hold what was planned
   */
  public void write(final Shards.Shard shard) throws IOException {
    final long start = System.currentTimeMillis();
    try (WorkFolder work = WorkFolder.temporary()) {
      final Path folder = work.path();
      final Path tar = folder.resolve(shard.name() + ".tar");
      final Path parquet = folder.resolve(shard.name() + ".parquet");
      final List<Outcome> outcomes = new ArrayList<>();
      final List<Part.Facts> facts = new ArrayList<>();
      final long bytes;
      if (loose) {
        bytes = writeFiles(shard, folder, outcomes, facts);
      } else {
        writeTar(shard, tar, outcomes, facts);
        bytes = Files.size(tar);
        store.put(tar, out + "/" + shard.name() + ".tar");
      }
      if (outcomes.size() != shard.pictures()) {
        throw new IllegalStateException(
            "Shard %s has %d of %d planned pictures"
                .formatted(shard.name(), outcomes.size(), shard.pictures()));
      }
      OutcomeTable.write(parquet, outcomes);
      store.put(parquet, out + "/" + shard.name() + ".parquet");
      final Path stats = folder.resolve("stats.json");
      Files.writeString(stats, Lines.of(stats(outcomes, facts, bytes, start)));
      store.put(stats, Shards.statsUri(out, shard.name()));
    }
  }

  /** Takes a sample's files by their suffix. */
  private interface Sink {
    void add(String key, Map<String, byte[]> members) throws IOException;
  }

  private void forEachSample(
      final Shards.Shard shard,
      final List<Outcome> outcomes,
      final List<Part.Facts> facts,
      final Sink sink)
      throws IOException {
    for (final int batch : shard.batches()) {
      final Part part = Part.read(store, out, plan, batch);
      for (final Map.Entry<String, Map<String, byte[]>> sample : part.samples().entrySet()) {
        sink.add(sample.getKey(), sample.getValue());
      }
      outcomes.addAll(part.facts().outcomes());
      facts.add(part.facts());
    }
  }

  private void writeTar(
      final Shards.Shard shard,
      final Path tar,
      final List<Outcome> outcomes,
      final List<Part.Facts> facts)
      throws IOException {
    try (WebDatasetWriter writer = new WebDatasetWriter(Files.newOutputStream(tar))) {
      forEachSample(shard, outcomes, facts, writer::add);
    }
  }

  /** A line of what {@code datasets} reads beside loose pictures. */
  private record Caption(String fileName, String prompt) {}

  private long writeFiles(
      final Shards.Shard shard,
      final Path scratch,
      final List<Outcome> outcomes,
      final List<Part.Facts> facts)
      throws IOException {
    final long[] bytes = {0};
    final Path local = scratch.resolve("member");
    forEachSample(
        shard,
        outcomes,
        facts,
        (key, members) -> {
          for (final Map.Entry<String, byte[]> member : members.entrySet()) {
            Files.write(local, member.getValue());
            store.put(local, "%s/%s/%s.%s".formatted(out, shard.name(), key, member.getKey()));
            bytes[0] += member.getValue().length;
          }
        });
    Files.deleteIfExists(local);
    final StringBuilder captions = new StringBuilder();
    for (final Outcome outcome : outcomes) {
      if (outcome.isSuccess()) {
        final PictureRecord told = outcome.picture();
        final String file = told.key() + "." + told.extension();
        captions.append(Lines.of(new Caption(file, told.prompt()))).append('\n');
      }
    }
    store.putText(captions.toString(), "%s/%s/%s".formatted(out, shard.name(), CAPTIONS));
    return bytes[0];
  }

  private static Shards.Stats stats(
      final List<Outcome> outcomes,
      final List<Part.Facts> facts,
      final long bytes,
      final long start) {
    final Map<String, Integer> status = new TreeMap<>();
    outcomes.forEach(
        outcome ->
            status.merge(
                outcome.isSuccess() ? Outcome.SUCCESS : outcome.reason(), 1, Integer::sum));
    final int successes = status.getOrDefault(Outcome.SUCCESS, 0);
    final long end = System.currentTimeMillis();
    return new Shards.Stats(
        outcomes.size(),
        successes,
        outcomes.size() - successes,
        (end - start) / 1e3,
        start / 1e3,
        end / 1e3,
        new LinkedHashMap<>(status),
        bytes,
        Part.Seconds.sum(facts.stream().map(Part.Facts::seconds).toList()),
        GateMeans.Sums.of(facts.stream().flatMap(each -> each.gates().stream()).toList()));
  }
}
