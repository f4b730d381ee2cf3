package io.loralake.jobs.generate.output;

import io.loralake.jobs.generate.Lines;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The plans of an output, under {@code _plans}: JSON lines, the header and then the batches. A plan
 * is there whole or not at all; {@code .done} beside it says that it is finished.
 */
public final class PlanFiles {
  private static final String END = ".jsonl";
  private static final String DONE = ".done";

  private final FileStore store;
  private final String out;
  private final String folder;

  public PlanFiles(final FileStore store, final String out) {
    this.store = store;
    this.out = out;
    this.folder = out + "/_plans";
  }

  /** The headers of all plans, the oldest first. */
  public List<Plan.Header> headers() throws IOException {
    final List<Plan.Header> headers = new ArrayList<>();
    for (final Listed file : store.glob(folder, "*" + END)) {
      try (BufferedReader lines = lines(file.uri())) {
        headers.add(Lines.JSON.readValue(lines.readLine(), Plan.Header.class));
      }
    }
    return headers;
  }

  private BufferedReader lines(final String uri) throws IOException {
    return new BufferedReader(new InputStreamReader(store.stream(uri), StandardCharsets.UTF_8));
  }

  /** Reads a plan with its batches. */
  public Plan read(final int number) throws IOException {
    try (BufferedReader lines = lines(name(number, END))) {
      final Plan.Header header = Lines.JSON.readValue(lines.readLine(), Plan.Header.class);
      final List<Plan.Batch> batches = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        batches.add(Lines.JSON.readValue(line, Plan.Batch.class));
      }
      return new Plan(header, batches);
    }
  }

  /** Numbers of the plans that are finished. */
  public Set<Integer> done() throws IOException {
    return store.glob(folder, "*" + DONE).stream()
        .map(file -> Integer.parseInt(file.name().replace(DONE, "")))
        .collect(Collectors.toSet());
  }

  /**
   * Writes a new plan. Batches that are there under its number are of a plan that was removed.
   *
   * @throws IllegalArgumentException when there is one of its number: then two runs are at work; or
   *     a shard of its, which no plan has
   */
  public void write(final Plan plan) throws IOException {
    final String uri = name(plan.header().number(), END);
    if (store.exists(uri)) {
      throw new IllegalArgumentException(
          uri
              + " is there already: another run writes to the same output; wait for its end, the same command then paints what is missing, or choose another --out");
    }
    final Set<Integer> there = Shards.finished(store, out).keySet();
    for (final Shards.Shard shard : Shards.of(plan)) {
      if (there.contains(shard.number())) {
        throw new IllegalArgumentException(
            "%s has a shard %s that is of none of its plans (%s/*%s): choose another --out, or remove what is there"
                .formatted(out, shard.name(), folder, END));
      }
    }
    Part.deleteAll(store, out, plan.header().number());
    store.put(
        partial -> {
          try (BufferedWriter lines = Files.newBufferedWriter(partial)) {
            lines.write(Lines.of(plan.header()));
            lines.newLine();
            for (final Plan.Batch batch : plan.batches()) {
              lines.write(Lines.of(batch));
              lines.newLine();
            }
          }
        },
        uri);
  }

  /** Notes that all of a plan is written and merged. */
  public void markDone(final int number) throws IOException {
    store.putText("", name(number, DONE));
  }

  private String name(final int number, final String end) {
    return "%s/%05d%s".formatted(folder, number, end);
  }
}
