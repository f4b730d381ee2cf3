package io.loralake.jobs.alignment;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;

import io.loralake.jobs.catalog.AdapterNames;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.runtime.JsonRows;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Captions for a catalog's adapters: from JSON lines or a table ({@code file}, {@code captions},
 * optional {@code weight} and {@code group}), or from what the catalog itself knows.
 */
public final class CaptionSource {
  /** Of an infinite weight, or a sum that float32 cannot hold, nothing is learned. */
  private static final double MOST_WEIGHT = 1e6;

  /** None where a table's cell is empty, or the gap that Spark makes of a column of numbers. */
  private static final String NAMED_GROUP = "if(trim(`group`) IN ('', 'NaN'), NULL, `group`)";

  private static final MapFunction<String, String> LISTED = CaptionForm::listed;
  private static final MapFunction<String, String> UNREAD = CaptionForm::unread;

  private static final StructType LINE =
      new StructType()
          .add("file", StringType)
          .add("captions", createArrayType(StringType))
          .add("weight", StringType)
          .add("group", StringType)
          .add(CaptionForm.REFUSED, StringType);

  private final SparkSession spark;
  private final Catalog catalog;

  public CaptionSource(final SparkSession spark, final Catalog catalog) {
    this.spark = spark;
    this.catalog = catalog;
  }

  /**
   * What was found.
   *
   * @param captions one entry an adapter, by id
   * @param refused lines that could not be used, each with the reason
   */
  public record Found(List<Captions> captions, List<String> refused) {}

  /**
   * Reads captions.
   *
   * @param source a table as {@link JsonRows} takes it; empty: what the catalog knows
   */
  public Found read(final Optional<String> source) {
    return source.isPresent() ? resolve(lines(source.get(), LISTED)) : ofCatalog();
  }

  /**
   * The families that the lines of a file name, each a set of adapters that are one update; other
   * members of the lines are not looked at.
   *
   * @throws IllegalArgumentException when a line cannot be used: what was to be held out would not
   *     be
   */
  public Set<String> families(final String source) {
    final Dataset<Row> lines = lines(source, UNREAD);
    final Found found = resolve(lines.withColumn("captions", expr("array('-')")));
    if (!found.refused().isEmpty()) {
      throw new IllegalArgumentException(source + ": " + found.refused().get(0));
    }
    return found.captions().stream().map(Captions::family).collect(Collectors.toSet());
  }

  /** Captions, trigger words and title of each adapter, as the catalog has them. */
  private Found ofCatalog() {
    final List<Captions> captions = new ArrayList<>();
    catalog
        .living()
        .selectExpr(
            "adapter_id",
            "family",
            "array_distinct(filter(concat("
                + "coalesce(captions, array()),"
                + " array(array_join(coalesce(trigger_words, array()), ', ')),"
                + " array(coalesce(title, ''))), x -> trim(x) <> '')) AS texts")
        .filter("size(texts) > 0")
        .orderBy("adapter_id")
        .collectAsList()
        .forEach(
            row ->
                captions.add(
                    new Captions(
                        row.getString(0), row.getString(1), row.getString(1), row.getList(2), 1)));
    return new Found(captions, List.of());
  }

  private Dataset<Row> lines(final String source, final MapFunction<String, String> form) {
    return spark
        .read()
        .schema(LINE)
        .json(JsonRows.of(spark, source).map(form, Encoders.STRING()))
        .withColumn(
            "weight",
            expr(
                "if(coalesce(trim(weight), '') = '', NULL,"
                    + " coalesce(try_cast(weight AS DOUBLE), double('NaN')))"))
        .withColumn("group", expr(NAMED_GROUP))
        .withColumn("line", monotonically_increasing_id());
  }

  private Found resolve(final Dataset<Row> lines) {
    final List<String> refused = new ArrayList<>();
    final Map<String, Captions> found = new TreeMap<>();
    final Dataset<Row> names =
        new AdapterNames(catalog.living()).find(lines.selectExpr("file AS name"));
    final List<Row> matched =
        lines
            .join(broadcast(names), lines.col("file").equalTo(names.col("name")), "left")
            .groupBy("line", "file", "captions", "weight", "group", CaptionForm.REFUSED)
            .agg(
                expr("collect_set(adapter_id)").as("ids"),
                expr("collect_set(family)").as("families"))
            .orderBy("line")
            .collectAsList();
    for (final Row row : matched) {
      final Optional<String> problem = problem(row);
      if (problem.isPresent()) {
        refused.add(problem.get());
      } else {
        final String family = row.<String>getList(row.fieldIndex("families")).get(0);
        ids(row).forEach(id -> add(found, id, family, row));
      }
    }
    return new Found(List.copyOf(found.values()), refused);
  }

  private static Optional<String> problem(final Row row) {
    final String refused = row.getAs(CaptionForm.REFUSED);
    final String file = row.getAs("file");
    if (refused != null) {
      return Optional.of(file == null ? refused : file + ": " + refused);
    }
    if (texts(row).isEmpty()) {
      return Optional.of(file + ": it has no caption");
    }
    final Double weight = row.getAs("weight");
    if (weight != null && !(weight > 0 && weight <= MOST_WEIGHT)) {
      return Optional.of(
          "%s: weight is %s, allowed are positive numbers up to a million"
              .formatted(file, weight.isNaN() ? "no number" : weight));
    }
    if (ids(row).isEmpty()) {
      return Optional.of(file + ": the catalog has no such file, URI or adapter id");
    }
    final int families = row.getList(row.fieldIndex("families")).size();
    return families > 1
        ? Optional.of("%s: %d different adapters go by this name".formatted(file, families))
        : Optional.empty();
  }

  private static List<String> ids(final Row row) {
    return row.getList(row.fieldIndex("ids"));
  }

  private static List<String> texts(final Row row) {
    final int captions = row.fieldIndex("captions");
    return row.isNullAt(captions)
        ? List.of()
        : row.<String>getList(captions).stream()
            .filter(text -> text != null && !text.isBlank())
            .map(String::strip)
            .distinct()
            .toList();
  }

  /** Several lines about one adapter add up; the last group and weight that are said count. */
  private static void add(
      final Map<String, Captions> found, final String id, final String family, final Row row) {
    final Captions known = found.getOrDefault(id, new Captions(id, family, family, List.of(), 1));
    final Set<String> texts = new LinkedHashSet<>(known.texts());
    texts.addAll(texts(row));
    final String group = row.getAs("group");
    final Double weight = row.getAs("weight");
    found.put(
        id,
        new Captions(
            id,
            family,
            group == null ? known.group() : group,
            List.copyOf(texts),
            weight == null ? known.weight() : weight));
  }
}
