package io.loralake.jobs.catalog;

import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.runtime.WorkFolder;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.ArtifactFiles;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** Versions of encoders beside the tables: {@code encoders/ID.safetensors}, {@code ID.json}. */
public final class EncoderStore {
  private static final List<String> SUFFIXES = List.of(".safetensors", ".json");
  private static final String CARDS = "[!.]*.json";

  private final Catalog catalog;
  private final FileStore store;

  public EncoderStore(final SparkSession spark, final Catalog catalog) {
    this.catalog = catalog;
    this.store = new FileStore(spark.sparkContext().hadoopConfiguration());
  }

  /** The encoder that searches use; empty before the first training. */
  public Optional<EncoderArtifact> current() throws IOException {
    final Optional<String> id = catalog.embeddings().encoder();
    return id.isPresent() ? Optional.of(read(id.get())) : Optional.empty();
  }

  /**
   * The encoder that searches use, with the rows that are its: another run may change both.
   *
   * @param version of {@code embeddings}, at which it is the current one
   */
  public record Current(EncoderArtifact artifact, long version) {}

  /**
   * The encoder that searches use.
   *
   * @throws IllegalArgumentException before the first training
   */
  public Current requireCurrent() throws IOException {
    if (catalog.exists("embeddings")) {
      final long version = catalog.version("embeddings");
      final Optional<String> id = catalog.at("embeddings", version).embeddings().encoder();
      if (id.isPresent()) {
        return new Current(read(id.get()), version);
      }
    }
    throw new IllegalArgumentException(
        "Catalog %s has no encoder yet: %s"
            .formatted(catalog.path(), wayBack().orElse("run 'train-alignment' first")));
  }

  /**
   * What to do where searches use no encoder though versions are kept: the table that names the
   * current one was restored or removed, or a training has not ended. Empty where there are none.
   */
  public Optional<String> wayBack() throws IOException {
    final String folder = catalog.encodersUri();
    return store.glob(folder, CARDS).isEmpty()
        ? Optional.empty()
        : Optional.of("'train-alignment --use FILE' takes one of those in %s".formatted(folder));
  }

  /**
   * Reads a version that the catalog has.
   *
   * @throws IllegalArgumentException when its files were removed, or changed
   */
  public EncoderArtifact read(final String id) throws IOException {
    final String stem = catalog.encodersUri() + "/" + id;
    try {
      return readFrom(stem);
    } catch (final FileNotFoundException e) {
      throw new IllegalArgumentException(
          "the catalog's embeddings are of encoder %s, and its files %s.* are not there any more: bring them back, or give the catalog an encoder with 'train-alignment' (--use where you have one)"
              .formatted(id, stem),
          e);
    }
  }

  /**
   * Reads an encoder that lies elsewhere.
   *
   * @param uri as {@link #stem} takes it
   * @throws IllegalArgumentException when it is none, in words that name its file
   */
  public EncoderArtifact readFrom(final String uri) throws IOException {
    final String stem = stem(uri);
    final String name = Listed.name(stem);
    return inScratch(
        folder -> {
          for (final String suffix : SUFFIXES) {
            store.copy(stem + suffix, local(folder.resolve(name + suffix)));
          }
          final Path copy = folder.resolve(name);
          try {
            return EncoderArtifact.read(Path.of(copy + ".json"));
          } catch (final IllegalArgumentException | RejectedException e) { // tells of the copy
            throw new IllegalArgumentException(e.getMessage().replace(copy.toString(), stem), e);
          }
        });
  }

  /**
   * Where a version's two files lie, without their suffixes.
   *
   * @param uri of one of them, with or without its suffix, or of a folder that holds one version
   *     alone
   * @throws IllegalArgumentException when there is not one version in the folder
   */
  public String stem(final String uri) throws IOException {
    final String file = store.exists(uri) && !store.isFile(uri) ? only(uri) : uri;
    return ArtifactFiles.stem(file);
  }

  private String only(final String folder) throws IOException {
    final List<Listed> cards = store.glob(folder, CARDS);
    if (cards.size() != 1) {
      throw new IllegalArgumentException(
          "%s holds %d encoders, name one of them".formatted(folder, cards.size()));
    }
    return cards.get(0).uri();
  }

  /** Keeps a version; who reads it meanwhile, for it is there already, sees it complete. */
  public void write(final EncoderArtifact artifact) throws IOException {
    inScratch(
        folder -> {
          artifact.write(folder);
          for (final String suffix : SUFFIXES) {
            keep(folder.resolve(artifact.card().id() + suffix));
          }
          return artifact;
        });
  }

  /** Puts a file, such as a report, beside the encoders, under its own name. */
  public void keep(final Path file) throws IOException {
    store.put(file, catalog.encodersUri() + "/" + file.getFileName());
  }

  private static String local(final Path file) {
    return "file:" + file.toAbsolutePath();
  }

  @FunctionalInterface
  private interface Work {
    EncoderArtifact in(Path folder) throws IOException;
  }

  private static EncoderArtifact inScratch(final Work work) throws IOException {
    try (WorkFolder folder = WorkFolder.temporary()) {
      return work.in(folder.path());
    }
  }
}
