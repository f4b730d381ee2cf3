package io.loralake.jobs.index;

import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * A folder's entries that matter, as {@link #ENTRY}. A failure, in its middle too, becomes the last
 * entry: it never ends a listing.
 */
final class Entries implements Iterator<Row> {
  static final String ADAPTER = "adapter";
  static final String PICKLE = "pickle";
  static final String SIDE_CAR = "side-car";
  static final String FOLDER = "folder";
  static final String ERROR = "error";

  private static final int REASONS_TOLD = 20;

  /** The kind is one of the above; an error's revision is its reason. */
  static final StructType ENTRY =
      new StructType()
          .add("kind", StringType)
          .add("uri", StringType)
          .add("revision", StringType)
          .add("size", LongType);

  private final String folder;
  private final Iterator<FileStore.Entry> store;
  private final CatalogFolder catalog;
  private String looked; // the folder that the last entry lies in
  private boolean isOwn; // whether that is the catalog's
  private Row next;
  private boolean failed;

  private Entries(
      final String folder, final Iterator<FileStore.Entry> store, final CatalogFolder catalog) {
    this.folder = folder;
    this.store = store;
    this.catalog = catalog;
  }

  /**
   * Lists.
   *
   * @param recursive whether what lies in its sub-folders is listed in their place
   * @param catalog whose own files are left out
   */
  static Iterator<Row> of(
      final FileStore store,
      final String folder,
      final boolean recursive,
      final CatalogFolder catalog) {
    try {
      return new Entries(folder, recursive ? store.walk(folder) : store.children(folder), catalog);
    } catch (final IOException e) {
      return List.of(error(folder, e)).iterator();
    }
  }

  @Override
  public boolean hasNext() {
    try {
      while (next == null && !failed && store.hasNext()) {
        final FileStore.Entry entry = store.next();
        final Listed file = entry.file();
        final String kind = kind(entry);
        if (kind != null && !isOwn(file.uri())) {
          next = RowFactory.create(kind, file.uri(), file.revision(), file.size());
        }
      }
    } catch (final UncheckedIOException e) {
      failed = true;
      next = error(folder, e.getCause());
    } catch (final IOException e) {
      failed = true;
      next = error(folder, e);
    }
    return next != null;
  }

  private boolean isOwn(final String uri) throws IOException {
    final String parent = Listed.folder(uri);
    if (!parent.equals(looked)) {
      isOwn = catalog.holds(parent);
      looked = parent;
    }
    return isOwn;
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    final Row row = next;
    next = null;
    return row;
  }

  private static Row error(final String folder, final IOException e) {
    final Throwable[] others = e.getSuppressed();
    final StringBuilder reasons = new StringBuilder(e.toString());
    Arrays.stream(others).limit(REASONS_TOLD).forEach(other -> reasons.append("; ").append(other));
    if (others.length > REASONS_TOLD) {
      reasons.append("; and ").append(others.length - REASONS_TOLD).append(" more");
    }
    return RowFactory.create(ERROR, folder, reasons.toString(), 0L);
  }

  private static String kind(final FileStore.Entry entry) {
    final String name = entry.file().name();
    if (entry.isFolder()) {
      return FOLDER;
    }
    if (name.startsWith(".")) {
      return null;
    }
    if (Listed.isAdapter(name)) {
      return ADAPTER;
    }
    if (Listed.isPickle(name)) {
      return PICKLE;
    }
    return name.endsWith(".json") || name.endsWith(".civitai.info") || name.equals("README.md")
        ? SIDE_CAR
        : null;
  }
}
