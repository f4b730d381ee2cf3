package io.loralake.tests.index;

import io.loralake.jobs.index.IndexJob;
import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;

/** A folder of adapter files and the catalog made from it. */
final class Lake {
  private final Path source;
  private final Path catalog;

  /** Gives every change of a file a time of its own. */
  private long clock = System.currentTimeMillis() - 1_000_000;

  Lake(final Path root) {
    this.source = root.resolve("source");
    this.catalog = root.resolve("catalog");
  }

  Path source() {
    return source;
  }

  Path catalog() {
    return catalog;
  }

  CatalogTables tables() {
    return new CatalogTables(catalog.toString());
  }

  /** The URI under which listings name a file. */
  String uri(final String name) {
    return "file:" + source.resolve(name).toAbsolutePath();
  }

  Lake addAll(final List<Path> files) {
    files.forEach(file -> add(file.getFileName().toString(), file));
    return this;
  }

  /** Copies a file into the source, over whatever lies there. */
  void add(final String name, final Path file) {
    change(name, target -> Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING));
  }

  void write(final String name, final String text) {
    change(name, target -> Files.writeString(target, text));
  }

  void remove(final String name) {
    try {
      Files.delete(source.resolve(name));
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Change {
    void apply(Path target) throws IOException;
  }

  private void change(final String name, final Change change) {
    final Path target = source.resolve(name);
    try {
      Files.createDirectories(target.getParent());
      change.apply(target);
      clock += 1_000;
      Files.setLastModifiedTime(target, FileTime.fromMillis(clock));
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  IndexResult index() {
    return run(options());
  }

  /** From other sources, into this catalog. */
  IndexResult index(final List<String> sources) {
    return run(options(sources, catalog));
  }

  IndexOptions options() {
    return options(catalog);
  }

  /** For another catalog of the same source. */
  IndexOptions options(final Path other) {
    return options(List.of(source.toString()), other);
  }

  private static IndexOptions options(final List<String> sources, final Path catalog) {
    return new IndexOptions(
        sources,
        catalog.toString(),
        Optional.of(Repository.TINY_MODEL.toString()),
        Optional.empty(),
        false,
        16_000_000_000L,
        2);
  }

  static IndexResult run(final IndexOptions options) {
    return new IndexJob(SharedSpark.session(), options).run();
  }
}
