package io.loralake.jobs.generate.output;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.loralake.jobs.generate.Lines;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.runtime.Amount;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which batches go into which shard: whole batches in the order of the plan, as many as there is
 * room for. A batch that alone is larger than a shard gets one of its own.
 */
public final class Shards {
  private static final String STATS = "_stats.json";

  private Shards() {}

  /**
   * A shard of a plan.
   *
   * @param batches their numbers
   */
  public record Shard(int number, List<Integer> batches, int pictures) implements Serializable {
    public String name() {
      return Shards.name(number);
    }
  }

  /** Five digits, as img2dataset names shards. */
  static String name(final int number) {
    return "%05d".formatted(number);
  }

  /**
   * What a finished shard holds, as img2dataset's statistics name it, and where the time went.
   *
   * @param count planned pictures
   * @param statusDict how many failed of each reason
   * @param bytes of the tar file, or of all loose pictures
   * @param gates how far gates were open; null without
   * @param startTime of the writing, in seconds since 1970
   */
  @JsonIgnoreProperties(
      value = {"failed_to_download", "failed_to_resize"},
      allowGetters = true)
  record Stats(
      int count,
      int successes,
      int failed,
      double duration,
      double startTime,
      double endTime,
      Map<String, Integer> statusDict,
      long bytes,
      Part.Seconds seconds,
      GateMeans.Sums gates) {

    /** For readers of img2dataset's statistics, which tell two kinds of failures: all of them. */
    @JsonProperty
    int failedToDownload() {
      return failed;
    }

    /** The other kind: none, nothing is resized. */
    @JsonProperty
    int failedToResize() {
      return 0;
    }
  }

  /** Cuts a plan, between its batches, into shards of its size at most. */
  public static List<Shard> of(final Plan plan) {
    final List<Shard> shards = new ArrayList<>();
    List<Integer> batches = new ArrayList<>();
    int pictures = 0;
    for (final Plan.Batch batch : plan.batches()) {
      final int size = batch.pictures().size();
      if (!batches.isEmpty() && pictures + size > plan.header().shardSize()) {
        shards.add(new Shard(plan.header().firstShard() + shards.size(), batches, pictures));
        batches = new ArrayList<>();
        pictures = 0;
      }
      batches.add(batch.number());
      pictures += size;
    }
    if (!batches.isEmpty()) {
      shards.add(new Shard(plan.header().firstShard() + shards.size(), batches, pictures));
    }
    return shards;
  }

  static String statsUri(final String out, final String shard) {
    return out + "/" + shard + STATS;
  }

  /** The statistics of all finished shards whose files are there, by their number. */
  public static Map<Integer, Stats> finished(final FileStore store, final String out)
      throws IOException {
    final Map<String, Listed> files = new TreeMap<>();
    store.glob(out, "*").forEach(file -> files.put(file.name(), file));
    final Map<Integer, Stats> finished = new TreeMap<>();
    for (final Listed file : files.values()) {
      final String shard = file.name().replace(STATS, "");
      if (file.name().matches("\\d+" + STATS)
          && files.containsKey(shard + ".parquet")
          && (files.containsKey(shard + ".tar") || store.exists(out + "/" + shard))) {
        finished.put(
            Integer.parseInt(shard),
            Lines.JSON.readValue(store.bytes(file.uri(), (int) file.size()), Stats.class));
      }
    }
    return finished;
  }

  /**
   * Looks whether all shards of a plan are where this process reads them.
   *
   * @throws IllegalArgumentException when pictures are not there
   */
  public static void requireAll(final FileStore store, final String out, final Plan plan)
      throws IOException {
    final Map<Integer, Stats> finished = finished(store, out);
    int written = 0;
    for (final Shard shard : of(plan)) {
      final Stats stats = finished.get(shard.number());
      written += stats == null ? 0 : stats.count();
    }
    if (written != plan.pictures()) {
      throw new IllegalArgumentException(
          "tasks have written %s of plan %d, and the driver sees %d in %s: it has to be a folder that all machines see under one path, and that nobody clears meanwhile"
              .formatted(
                  Amount.of(plan.pictures(), "picture"), plan.header().number(), written, out));
    }
  }
}
