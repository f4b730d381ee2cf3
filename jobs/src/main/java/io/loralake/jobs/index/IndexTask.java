package io.loralake.jobs.index;

import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import io.loralake.adapter.AdapterLayout;
import io.loralake.adapter.AdapterMetadata;
import io.loralake.adapter.LayoutParser;
import io.loralake.adapter.SideCar;
import io.loralake.encoder.SketchedAdapter;
import io.loralake.encoder.Sketcher;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.model.LayerTable;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.MappedFile;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** One file on an executor: fetched, checked, sketched; or the reason why not. */
final class IndexTask {
  static final String INDEXED = "indexed";
  static final String QUARANTINED = "quarantined";
  static final String FAILED = "failed";

  /** What became of a file. */
  static final StructType OUTCOME =
      new StructType()
          .add("uri", StringType)
          .add("revision", StringType)
          .add("size", LongType)
          .add("status", StringType)
          .add("stage", StringType)
          .add("reason", StringType)
          .add("message", StringType)
          .add("content", CatalogColumns.CONTENT);

  private static final int MAX_SIDE_CAR = 4 << 20;

  private final FileStore store;
  private final LayerTable table;
  private final Sketcher sketcher;
  private final ContentRow contentRow;
  private final Path scratch;
  private final int attempts;

  IndexTask(
      final FileStore store,
      final LayerTable table,
      final Sketcher sketcher,
      final ContentRow contentRow,
      final Path scratch,
      final int attempts) {
    this.store = store;
    this.table = table;
    this.sketcher = sketcher;
    this.contentRow = contentRow;
    this.scratch = scratch;
    this.attempts = attempts;
  }

  /** {@link Listing#FILE} -> {@link #OUTCOME}. */
  Row run(final Row row) {
    final Listed file = new Listed(row.getString(0), row.getString(1), row.getLong(2));
    String stage = "fetch";
    String failure = "";
    for (int attempt = 1; attempt <= attempts; attempt++) {
      try {
        return indexed(file, read(file), metadata(row.getList(3)));
      } catch (final RejectedException e) {
        return outcome(file, QUARANTINED, "check", e.reason().name(), e.getMessage(), null);
      } catch (final IOException | InternalError e) {
        failure = e.toString(); // the store, or a mapped file that shrank: worth another try
      } catch (final RuntimeException e) {
        stage = "check";
        failure = e.toString();
        break;
      }
    }
    return outcome(file, FAILED, stage, null, failure, null);
  }

  /** Everything learned from one file. */
  private record Understood(
      AdapterLayout layout, SketchedAdapter sketched, AdapterMetadata metadata) {}

  /** A remote file's header is looked at first: a file that will be refused is not downloaded. */
  private Understood read(final Listed file) throws IOException {
    if (!file.uri().startsWith("file:")) {
      try (SafetensorsFile header = SafetensorsFile.open(store.open(file))) {
        LayoutParser.parse(file.uri(), header.header(), table);
      }
    }
    try (FileStore.LocalCopy copy = store.localCopy(file, scratch);
        SafetensorsFile content = SafetensorsFile.open(MappedFile.open(copy.path(), file.uri()))) {
      final AdapterLayout layout = LayoutParser.parse(file.uri(), content.header(), table);
      return new Understood(
          layout,
          sketcher.sketch(content, layout),
          AdapterMetadata.ofHeader(content.header().metadata()));
    }
  }

  private AdapterMetadata metadata(final List<String> sideCars) throws IOException {
    AdapterMetadata metadata = AdapterMetadata.NOTHING;
    for (final String uri : sideCars) {
      final String name = uri.substring(uri.lastIndexOf('/') + 1);
      metadata = metadata.and(SideCar.parse(name, store.text(uri, MAX_SIDE_CAR)));
    }
    return metadata;
  }

  private Row indexed(
      final Listed file, final Understood understood, final AdapterMetadata sideCars) {
    final Row content =
        contentRow.of(
            file.size(),
            understood.layout.report(),
            understood.sketched,
            understood.metadata.and(sideCars));
    return outcome(file, INDEXED, null, null, null, content);
  }

  private static Row outcome(
      final Listed file,
      final String status,
      final String stage,
      final String reason,
      final String message,
      final Row content) {
    return RowFactory.create(
        file.uri(), file.revision(), file.size(), status, stage, reason, message, content);
  }
}
