package io.loralake.jobs.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.safetensors.AtomicFile;
import io.loralake.training.TrainingJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog that a training reads: as it is when the run begins. Its versions stand in the run's
 * folder, so that a run that was killed goes on with the same adapters while the catalog grows.
 */
public final class TrainingSnapshot {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingSnapshot.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Catalog catalog;
  private final Path file;

  private TrainingSnapshot(final Catalog catalog, final Path file) {
    this.catalog = catalog;
    this.file = file;
  }

  private record Versions(String catalog, Map<String, Long> tables) {}

  /**
   * The newest catalog; where a run in the same folder was killed after its first checkpoint, the
   * one that it began with, if that can still be read and its probes and encoder are the current.
   *
   * @param work the run's folder
   * @param names of the tables that the training reads; one that is not there is passed over
   */
  public static TrainingSnapshot of(final Catalog newest, final Path work, final String... names)
      throws IOException {
    final Catalog now = newest.pinned(names);
    final Path file = work.resolve("catalog.json");
    final List<Versions> begun = begun(file);
    for (final Versions versions : begun) {
      if (canGoOn(versions, now)) {
        LOG.info("goes on with the catalog that it began with: {}", versions.tables());
        return new TrainingSnapshot(now.at(versions.tables()), file);
      }
    }
    begun.add(new Versions(now.path(), now.versions()));
    final List<String> lines = new ArrayList<>();
    for (final Versions versions : begun) {
      lines.add(JSON.writeValueAsString(versions));
    }
    AtomicFile.writeLines(file, lines);
    return new TrainingSnapshot(now, file);
  }

  /**
   * Oldest first. What the checkpoint began with is not forgotten for a run that may be another,
   * and is then refused.
   */
  private static List<Versions> begun(final Path file) throws IOException {
    final List<Versions> begun = new ArrayList<>();
    if (!Files.exists(file) || !TrainingJournal.hasCheckpoint(file.getParent())) {
      return begun;
    }
    try {
      for (final String line : Files.readAllLines(file)) {
        begun.add(JSON.readValue(line, Versions.class));
      }
      return begun;
    } catch (final JsonProcessingException e) {
      throw new IOException(file + " is not of a training's catalog: " + e.getOriginalMessage(), e);
    }
  }

  private static boolean canGoOn(final Versions begun, final Catalog now) {
    if (!begun.catalog().equals(now.path())
        || !begun.tables().keySet().equals(now.versions().keySet())
        || !begun.tables().entrySet().stream()
            .allMatch(it -> now.history(it.getKey()).isReadable(it.getValue()))) {
      return false;
    }
    final Catalog then = now.at(begun.tables());
    return then.identity().equals(now.identity())
        && then.embeddings().encoder().equals(now.embeddings().encoder());
  }

  /** What the training reads. */
  public Catalog catalog() {
    return catalog;
  }

  /**
   * The run is at its end; the next one in its folder, if that is still there, reads the newest
   * catalog.
   */
  public void end() throws IOException {
    Files.deleteIfExists(file);
  }
}
