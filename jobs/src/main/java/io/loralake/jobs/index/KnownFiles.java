package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.struct;

import io.loralake.adapter.AdapterMetadata;
import io.loralake.adapter.SideCar;
import io.loralake.jobs.catalog.CatalogColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Files whose bytes the catalog has: the listing says their SHA-256. They are not fetched; what
 * their listing says about them is added to what is known.
 */
final class KnownFiles {
  private KnownFiles() {}

  /**
   * Outcomes of the known among the files.
   *
   * @param files {@link Listing#FILE}
   * @param adapters the catalog's rows with the present probe set
   * @return {@link IndexTask#OUTCOME}
   */
  static Dataset<Row> outcomes(final Dataset<Row> files, final Dataset<Row> adapters) {
    final Column content =
        struct(
            Arrays.stream(CatalogColumns.CONTENT.fieldNames())
                .map(functions::col)
                .toArray(Column[]::new));
    final Dataset<Row> known =
        adapters.select(
            col("adapter_id").as("sha256"),
            content.as("content"),
            functions.expr("transform(locations, l -> l.uri)").as("places"));
    return files
        .filter("sha256 IS NOT NULL")
        .groupBy("sha256")
        .agg(
            collect_list(
                    struct(
                        col("uri"), col("revision"), col("size"), col("about_name"), col("about")))
                .as("files"))
        .join(known, "sha256")
        .select("content", "places", "files")
        .flatMap(
            (FlatMapFunction<Row, Row>) KnownFiles::described, Encoders.row(IndexTask.OUTCOME));
  }

  /** A new place adds what is missing; a place that is known and says something else counts. */
  private static Iterator<Row> described(final Row row) {
    final Row content = row.getStruct(0);
    final Set<String> places = new HashSet<>(row.<String>getList(1));
    final List<Row> files = new ArrayList<>(row.<Row>getList(2));
    files.sort(Comparator.comparing(file -> file.getString(0)));
    AdapterMetadata metadata = ContentRow.metadata(content);
    for (final Row file : files) {
      if (!file.isNullAt(4)) {
        final AdapterMetadata about = SideCar.parse(file.getString(3), file.getString(4));
        metadata = places.contains(file.getString(0)) ? about.and(metadata) : metadata.and(about);
      }
    }
    final Row described = ContentRow.describe(content, metadata);
    return files.stream().map(file -> IndexTask.known(file, described)).iterator();
  }
}
