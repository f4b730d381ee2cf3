package io.loralake.jobs.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.safetensors.AtomicFile;
import io.loralake.training.TrainingJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
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
    final Optional<Versions> begun = begun(file).filter(it -> canGoOn(it, now));
    if (begun.isPresent()) {
      LOG.info("goes on with the catalog that it began with: {}", begun.get().tables());
      return new TrainingSnapshot(now.at(begun.get().tables()), file);
    }
    AtomicFile.writeText(file, JSON.writeValueAsString(new Versions(now.path(), now.versions())));
    return new TrainingSnapshot(now, file);
  }

  private static Optional<Versions> begun(final Path file) throws IOException {
    if (!Files.exists(file) || !TrainingJournal.hasCheckpoint(file.getParent())) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(file.toFile(), Versions.class));
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

  /** The run is at its end; the next one in its folder reads the newest catalog. */
  public void end() throws IOException {
    Files.delete(file);
  }
}
