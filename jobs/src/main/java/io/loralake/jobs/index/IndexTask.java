package io.loralake.jobs.index;

import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import io.loralake.adapter.AdapterLayout;
import io.loralake.adapter.AdapterMetadata;
import io.loralake.adapter.LayoutParser;
import io.loralake.adapter.PeftConfig;
import io.loralake.adapter.SideCar;
import io.loralake.encoder.SketchedAdapter;
import io.loralake.encoder.Sketcher;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.model.LayerTable;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.ByteSource;
import io.loralake.safetensors.Header;
import io.loralake.safetensors.MappedFile;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.source.FetchException;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.LocalCopy;
import io.loralake.source.SourceFile;
import io.loralake.source.site.Sites;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.StructType;

/** One file on an executor: fetched, checked, sketched; or the reason why not. */
final class IndexTask {
  static final String INDEXED = "indexed";
  static final String QUARANTINED = "quarantined";
  static final String FAILED = "failed";

  /** Not looked at: the run's time was over. */
  static final String LEFT = "left";

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
          .add("content", CatalogColumns.CONTENT)
          .add("described", BooleanType); // the catalog's own content with other metadata

  private static final int MAX_SIDE_CAR = 4 << 20;

  /** The file is not what it claims to be; or what came is not the file. */
  private static final Set<Reason> FORMAT =
      Set.of(Reason.EMPTY, Reason.TRUNCATED, Reason.NOT_SAFETENSORS, Reason.BAD_HEADER);

  /** A larger file is not fetched to prove that it is bad. */
  private static final long MOST_FOR_PROOF = 1L << 30;

  private final FileStore store;
  private final Sites sites;
  private final LayerTable table;
  private final Sketcher sketcher;
  private final ContentRow contentRow;
  private final Path scratch;
  private final int attempts;

  IndexTask(
      final FileStore store,
      final Sites sites,
      final LayerTable table,
      final Sketcher sketcher,
      final ContentRow contentRow,
      final Path scratch,
      final int attempts) {
    this.store = store;
    this.sites = sites;
    this.table = table;
    this.sketcher = sketcher;
    this.contentRow = contentRow;
    this.scratch = scratch;
    this.attempts = attempts;
  }

  /** {@link Listing#FILE} -> {@link #OUTCOME}. */
  Row run(final Row row) {
    final Listed file =
        new Listed(
            row.getAs("uri"),
            row.getAs("revision"),
            row.<Long>getAs("size"),
            row.getAs("sha256"),
            row.getAs("url"));
    String stage = "fetch";
    String failure = "";
    for (int attempt = 1; attempt <= attempts; attempt++) {
      try {
        return indexed(file, read(file, config(file)), metadata(row));
      } catch (final RejectedException e) {
        return outcome(file, QUARANTINED, "check", e.reason().name(), e.getMessage(), null);
      } catch (final FetchException e) { // tried often enough already
        return failed(file, e);
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

  /** A wait that would go beyond the run's time is no failure. */
  private Row failed(final Listed file, final FetchException e) {
    final boolean outOfTime = e.reason() == Reason.RATE_LIMITED && sites.hasDeadline();
    return outcome(
        file, outOfTime ? LEFT : FAILED, "fetch", e.reason().name(), e.getMessage(), null);
  }

  /** Whether the outcome says something about the file. */
  static boolean isSettled(final Row outcome) {
    final String status = outcome.getAs("status");
    return status.equals(INDEXED) || status.equals(QUARANTINED);
  }

  /** A file that the run has no time for. */
  static Row left(final Row file) {
    return outcome(
        new Listed(file.getAs("uri"), file.getAs("revision"), file.<Long>getAs("size")),
        LEFT,
        null,
        null,
        null,
        null);
  }

  /** A file (uri, revision, size) whose content the catalog has. */
  static Row known(final Row file, final Row content) {
    return new GenericRowWithSchema(
        new Object[] {
          file.getString(0),
          file.getString(1),
          file.getLong(2),
          INDEXED,
          null,
          null,
          null,
          content,
          true
        },
        OUTCOME);
  }

  /** Everything learned from one file. */
  private record Understood(
      long size, AdapterLayout layout, SketchedAdapter sketched, AdapterMetadata metadata) {}

  /** What PEFT says beside a file that it has saved; null where nothing is. */
  private String config(final Listed file) throws IOException {
    final Optional<String> config = PeftConfig.beside(file.uri());
    if (config.isEmpty()) {
      return null;
    }
    if (Sites.isWeb(file.uri())) {
      return sites.beside(file, PeftConfig.NAME, PeftConfig.MAX_BYTES).orElse(null);
    }
    return store.exists(config.get()) // a list of files has no side-cars
        ? store.text(config.get(), PeftConfig.MAX_BYTES)
        : null;
  }

  private Understood read(final Listed file, final String config) throws IOException {
    if (file.uri().startsWith("file:")) {
      try (LocalCopy copy = store.localCopy(file, scratch)) {
        return understand(file, MappedFile.open(copy.path(), file.uri()), config);
      }
    }
    try (SourceFile source = Sites.isWeb(file.uri()) ? sites.open(file) : store.open(file)) {
      requireUseful(file, source);
      return understand(file, source.whole(scratch), config);
    }
  }

  /** The header is looked at first: a file that will be refused is not fetched. */
  private void requireUseful(final Listed file, final SourceFile source) throws IOException {
    try {
      LayoutParser.parse(file.uri(), Header.read(source), table);
    } catch (final RejectedException e) {
      if (file.sha256() != null && FORMAT.contains(e.reason()) && source.size() <= MOST_FOR_PROOF) {
        source.whole(scratch).close(); // fails where it is not the file that was listed
      }
      throw e;
    }
  }

  private Understood understand(final Listed file, final ByteSource whole, final String config)
      throws IOException {
    try (SafetensorsFile opened = SafetensorsFile.open(whole)) {
      final SafetensorsFile content = config == null ? opened : PeftConfig.describe(opened, config);
      final AdapterLayout layout = LayoutParser.parse(file.uri(), content.header(), table);
      return new Understood(
          whole.size(),
          layout,
          sketcher.sketch(content, layout),
          AdapterMetadata.ofHeader(content.header().metadata()));
    }
  }

  private AdapterMetadata metadata(final Row file) throws IOException {
    final String about = file.getAs("about");
    AdapterMetadata metadata =
        about == null ? AdapterMetadata.NOTHING : SideCar.parse(file.getAs("about_name"), about);
    for (final String uri : file.<String>getList(file.fieldIndex("side_cars"))) {
      final String name = Listed.name(uri);
      if (!name.equals(PeftConfig.NAME)) {
        metadata = metadata.and(SideCar.parse(name, store.text(uri, MAX_SIDE_CAR)));
      }
    }
    return metadata;
  }

  private Row indexed(
      final Listed file, final Understood understood, final AdapterMetadata sideCars) {
    final Row content =
        contentRow.of(
            understood.size,
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
    return new GenericRowWithSchema(
        new Object[] {
          file.uri(), file.revision(), file.size(), status, stage, reason, message, content, false
        },
        OUTCOME);
  }
}
