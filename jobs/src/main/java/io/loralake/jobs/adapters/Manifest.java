package io.loralake.jobs.adapters;

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
  private static final int ATTEMPTS = 10;

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

  /** A part that goes while parts are read is in the file into which another run has joined it. */
  private Found found() throws IOException {
    for (int attempt = 1; ; attempt++) {
      final List<Listed> parts = parts();
      try {
        return new Found(parts, read(parts));
      } catch (final FileNotFoundException | NoSuchFileException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private Map<String, Outcome> read(final List<Listed> parts) throws IOException {
    final Map<String, Outcome> outcomes = new LinkedHashMap<>();
    for (final Listed part : parts) {
      for (final String line : store.text(part.uri(), MAX_BYTES).lines().toList()) {
        final Outcome outcome = Outcome.parse(line);
        outcomes.put(outcome.name(), outcome);
      }
    }
    return outcomes;
  }

  /** The joined file, then the parts of later tasks. */
  private List<Listed> parts() throws IOException {
    final List<Listed> parts = new ArrayList<>();
    for (final Listed part : store.glob(folder, NAME + "*" + END)) {
      parts.add(part.uri().endsWith("/" + NAME + END) ? 0 : parts.size(), part);
    }
    return parts;
  }

  /** Writes a task's part; a task that runs again replaces it. */
  void writePart(final String id, final Collection<Outcome> outcomes) throws IOException {
    write(NAME + "-" + id + END, outcomes);
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
    write(NAME + END, all.values());
    for (final Listed part : found.parts) {
      if (!part.uri().endsWith("/" + NAME + END)) {
        store.delete(part.uri());
      }
    }
  }

  private void write(final String name, final Collection<Outcome> outcomes) throws IOException {
    store.put(
        partial -> Files.write(partial, outcomes.stream().map(Outcome::toJson).toList()),
        folder + "/" + name);
  }
}
