package io.loralake.jobs.catalog;

import static org.apache.spark.sql.functions.col;

import io.loralake.source.FileStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The versions of a table: which can still be read, and what its log still tells of them. */
public final class TableHistory {
  private static final String DELETION_VECTORS = "delta.feature.deletionVectors";

  private final Catalog catalog;
  private final String name;

  TableHistory(final Catalog catalog, final String name) {
    this.catalog = catalog;
    this.name = name;
  }

  /** The oldest version that can still be read: what VACUUM deletes takes others away. */
  public long oldest() {
    long oldest = oldestTold();
    long readable = catalog.version(name);
    while (oldest < readable) {
      final long middle = (oldest + readable) / 2;
      if (isThere(middle)) {
        readable = middle;
      } else {
        oldest = middle + 1;
      }
    }
    return readable;
  }

  /** Whether a version's log and all of its files are there. */
  public boolean isReadable(final long version) {
    final long newest = catalog.version(name);
    return version == newest || version >= 0 && version < newest && isThere(version);
  }

  private boolean isThere(final long version) {
    try {
      final Catalog then = catalog.at(name, version);
      final Set<String> files = new HashSet<>(List.of(then.read(name).inputFiles()));
      files.removeAll(List.of(catalog.read(name).inputFiles())); // the newest's are never vacuumed
      final FileStore store = new FileStore(catalog.spark().sparkContext().hadoopConfiguration());
      for (final String file : files) {
        if (!store.exists(file)) {
          return false;
        }
      }
      return !new TableShape(then, name).properties().containsKey(DELETION_VECTORS)
          || canBeRead(then.read(name));
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    } catch (final Exception e) { // Scala declares none
      if (e instanceof AnalysisException) { // the log does not reach so far
        return false;
      }
      throw e;
    }
  }

  /** Files of deletion vectors are not listed as a table's; a read of any column opens them. */
  private static boolean canBeRead(final Dataset<Row> rows) {
    try {
      rows.select(rows.columns()[0]).toJavaRDD().count();
      return true;
    } catch (final Exception e) { // Scala declares none
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof FileNotFoundException) {
          return false;
        }
      }
      throw e;
    }
  }

  /**
   * The newest commit of a kind; where the log has none any more, the version before those that it
   * has.
   *
   * @param recent how many of the newest commits are looked at first
   */
  long newest(final String operation, final int recent) {
    for (final int commits : new int[] {recent, Integer.MAX_VALUE}) {
      final List<Row> found =
          catalog
              .table(name)
              .history(commits)
              .filter(col("operation").equalTo(operation))
              .select("version")
              .collectAsList();
      if (!found.isEmpty()) {
        return found.get(0).getLong(0);
      }
    }
    return oldestTold() - 1;
  }

  private long oldestTold() {
    return catalog.table(name).history().selectExpr("min(version)").first().getLong(0);
  }
}
