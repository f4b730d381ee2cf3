package io.loralake.jobs.adapters;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an output folder knows of its adapters: JSON lines beside them. Each task writes a part of
 * its own once its files are there, so that a killed run loses no more than what was under way; a
 * run that ends joins the parts into one file.
 */
final class Manifest {
  private static final String NAME = "manifest";
  private static final String END = ".jsonl";
  private static final int MAX_BYTES = 1 << 30;

  private final FileStore store;
  private final String folder;

  Manifest(final FileStore store, final String folder) {
    this.store = store;
    this.folder = folder;
  }

  /** The latest outcome of each name. */
  Map<String, Outcome> read() throws IOException {
    return found().outcomes;
  }

  private record Found(List<Listed> parts, Map<String, Outcome> outcomes) {}

  /**
   * The joined file, then the parts of later tasks. It is read after them: a part that goes
   * meanwhile, even one that a listing therefore lacks, is in it, for another run has joined it.
   */
  private Found found() throws IOException {
    final List<Listed> parts = store.glob(folder, NAME + "-*" + END);
    final List<Outcome> later = new ArrayList<>();
    for (final Listed part : parts) {
      later.addAll(read(part.uri()));
    }
    final Map<String, Outcome> outcomes = new LinkedHashMap<>();
    read(joined()).forEach(outcome -> outcomes.put(outcome.name(), outcome));
    later.forEach(outcome -> outcomes.put(outcome.name(), outcome));
    return new Found(parts, outcomes);
  }

  /** Nothing where there is no such file. */
  private List<Outcome> read(final String uri) throws IOException {
    final List<Outcome> outcomes = new ArrayList<>();
    try {
      for (final String line : store.text(uri, MAX_BYTES).lines().toList()) {
        outcomes.add(parsed(uri, line));
      }
    } catch (final FileNotFoundException | NoSuchFileException e) {
      return List.of();
    }
    return outcomes;
  }

  /**
   * A spec of somebody's, or a data set's list, may have such a name too: it is not written over.
   */
  private static Outcome parsed(final String uri, final String line) {
    try {
      return Outcome.parse(line);
    } catch (final JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s is none of train-adapters' manifests, to which its name belongs in --out: move it away, or give --out another folder (%s)"
              .formatted(uri, e.getOriginalMessage()),
          e);
    }
  }

  private String joined() {
    return folder + "/" + NAME + END;
  }

  /** Writes a task's part; a task that runs again replaces it. */
  void writePart(final String id, final Collection<Outcome> outcomes) throws IOException {
    write(folder + "/" + NAME + "-" + id + END, outcomes);
  }

  /**
   * One file for all, and no parts: what is trained, by this run or by others meanwhile, and all
   * outcomes of this run.
   */
  void join(final Collection<Outcome> outcomes) throws IOException {
    final Found found = found();
    final Map<String, Outcome> all = found.outcomes;
    all.values().removeIf(outcome -> !outcome.isTrained()); // tried again, or gone
    outcomes.forEach(outcome -> all.put(outcome.name(), outcome));
    write(joined(), all.values());
    for (final Listed part : found.parts) {
      store.delete(part.uri());
    }
  }

  private void write(final String uri, final Collection<Outcome> outcomes) throws IOException {
    store.put(
        partial -> Files.write(partial, outcomes.stream().map(Outcome::toJson).toList()), uri);
  }
}
