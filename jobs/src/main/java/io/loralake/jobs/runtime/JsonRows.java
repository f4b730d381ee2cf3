package io.loralake.jobs.runtime;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.types.DataTypes.BinaryType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.delta.tables.DeltaTable;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.DataSource;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Tables that people write, each row as a JSON object. */
public final class JsonRows {
  /** How a row begins that is no JSON, for it could not be made one. */
  public static final String BROKEN =
      "it has other cells than the header (texts with commas need quotes): ";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final String BROKEN_ROW = "_broken_row";

  /** Names of files that Spark takes for another program's, even where they are asked for. */
  private static final String PASSED_OVER = "[.].*|_[^=]*";

  private static final FilterFunction<String> NOT_BLANK = line -> !line.isBlank();

  private JsonRows() {}

  /** The rows of {@link #of(SparkSession, String)} on the driver. */
  public static List<String> read(final SparkSession spark, final String uri) {
    return of(spark, uri).collectAsList();
  }

  /** The rows of {@link #of(SparkSession, String, String)} on the driver. */
  public static List<String> read(
      final SparkSession spark, final String uri, final String textColumn) {
    return of(spark, uri, textColumn).collectAsList();
  }

  /**
   * As {@link #of(SparkSession, String)}, or plain text (.txt), whose lines are values of a column.
   */
  public static Dataset<String> of(
      final SparkSession spark, final String uri, final String textColumn) {
    return hasSuffix(uri, ".txt") ? lines(spark, uri).toDF(textColumn).toJSON() : of(spark, uri);
  }

  /**
   * A Delta table, CSV with a header (.csv), parquet (.parquet), or JSON lines, which come as they
   * are, whatever stands in them, files in the order of their names. Blank lines are left out. A
   * row of CSV that has other cells than the header comes as {@link #BROKEN} with its text.
   *
   * @throws IllegalArgumentException when it is none of these, its parts do not fit together, or a
   *     quote of CSV is never closed
   */
  public static Dataset<String> of(final SparkSession spark, final String uri) {
    if (DeltaTable.isDeltaTable(spark, uri)) {
      return texts(spark.read().format("delta").load(uri)).toJSON();
    }
    if (hasSuffix(uri, ".parquet")) {
      return texts(inOrder(load(uri, () -> parts(reader(spark, uri), uri)))).toJSON();
    }
    if (hasSuffix(uri, ".csv")) {
      requireSoundCsv(spark, uri);
      return csv(reader(spark, uri), uri);
    }
    final Dataset<String> lines = lines(spark, uri);
    if (!hasSuffix(uri, ".jsonl") && !hasSuffix(uri, ".json") && !beginsAsJson(lines)) {
      throw new IllegalArgumentException(
          uri + " is no Delta table, no JSON lines, and neither .csv nor .parquet by its name");
    }
    return lines;
  }

  /** A row, or a cell that may be JSON; missing where it is none, or more than one value. */
  public static JsonNode parsed(final String text) {
    try {
      return JSON.readTree(text);
    } catch (final JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  /** Of parts some may have columns that others lack. */
  private static Dataset<Row> parts(final DataFrameReader reader, final String uri) {
    return reader.option("mergeSchema", "true").parquet(uri);
  }

  private static void requireSoundCsv(final SparkSession spark, final String uri) {
    final FileStore store = store(spark);
    try {
      final List<Listed> files = CsvQuotes.files(store, uri);
      CsvQuotes.requireClosed(store, files);
      CsvHeaders.requireSame(store, files);
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the schema, of which Spark does not say whose it is where it cannot. */
  private static Dataset<Row> load(final String uri, final Supplier<Dataset<Row>> table) {
    try {
      return table.get();
    } catch (final Exception e) { // Scala declares none
      if (!(e instanceof SparkException || e instanceof AnalysisException)
          || is("PATH_NOT_FOUND", e)) { // it names the path
        throw e;
      }
      throw new IllegalArgumentException(uri + " cannot be read: " + reason(e), e);
    }
  }

  private static boolean is(final String errorClass, final Throwable failure) {
    return failure instanceof final SparkThrowable known
        && errorClass.equals(known.getErrorClass());
  }

  private static String reason(final Throwable failure) {
    if (is("UNABLE_TO_INFER_SCHEMA", failure)) {
      return "there is no file in it";
    }
    if (failure instanceof NullPointerException) { // which parquet's library ends with
      return "a column has a type that Spark does not know (float16 is one): write it as another";
    }
    return failure.getCause() == null || is("CANNOT_MERGE_SCHEMAS", failure) // it shows them
        ? failure.getMessage()
        : reason(failure.getCause());
  }

  private static FileStore store(final SparkSession spark) {
    return new FileStore(spark.sparkContext().hadoopConfiguration());
  }

  private static Dataset<String> csv(final DataFrameReader reader, final String uri) {
    reader.option("header", "true").option("escape", "\"");
    // Where cells may have several lines, Hadoop takes the path of the header for a pattern.
    final String name = new Path(uri).toUri().getPath();
    final boolean isPlain = name.indexOf(':') < 0 && FileStore.literal(name).equals(name);
    final StructType header =
        load(uri, () -> reader.option("multiLine", isPlain).csv(uri)).schema();
    final Dataset<Row> rows =
        reader
            .option("multiLine", "true")
            .schema(header.add(BROKEN_ROW, StringType))
            .option("columnNameOfCorruptRecord", BROKEN_ROW)
            .csv(uri);
    return inOrder(rows)
        .select(coalesce(concat(lit(BROKEN), col(BROKEN_ROW)), to_json(struct(named(header)))))
        .as(Encoders.STRING());
  }

  /** By the names of the files, of which Spark would read the largest first. */
  private static Dataset<Row> inOrder(final Dataset<Row> rows) {
    return rows.inputFiles().length < 2
        ? rows
        : rows.orderBy(
            col("_metadata.file_path"),
            col("_metadata.file_block_start"),
            monotonically_increasing_id());
  }

  /** Spark calls columns without a name, such as pandas' index, {@code _c0}. */
  private static Column[] named(final StructType header) {
    final Column[] named = columns(header).toArray(Column[]::new);
    for (int i = 0; i < named.length; i++) {
      if (header.fieldNames()[i].equals("_c" + i)) {
        named[i] = named[i].as("(no name, column %d)".formatted(i + 1));
      }
    }
    return named;
  }

  private static Stream<Column> columns(final StructType schema) {
    return Stream.of(schema.fieldNames()).map(name -> col("`" + name.replace("`", "``") + "`"));
  }

  /** Some writers of parquet do not say that their texts are texts. */
  private static Dataset<Row> texts(final Dataset<Row> rows) {
    Dataset<Row> texts = rows;
    for (final StructField field : rows.schema().fields()) {
      final DataType type = text(field.dataType());
      if (!type.equals(field.dataType())) {
        final Stream<Column> column = columns(new StructType().add(field));
        texts = texts.withColumn(field.name(), column.findFirst().orElseThrow().cast(type));
      }
    }
    return texts;
  }

  private static DataType text(final DataType type) {
    if (type instanceof final ArrayType list) {
      return new ArrayType(text(list.elementType()), list.containsNull());
    }
    return type.equals(BinaryType) ? StringType : type;
  }

  private static DataFrameReader reader(final SparkSession spark, final String uri) {
    final FileStore store = store(spark);
    try {
      if (!store.exists(uri)) {
        return spark.read();
      }
      if (store.isFile(uri) && Listed.name(uri).matches(PASSED_OVER)) {
        throw new IllegalArgumentException(
            uri + ": its name begins with _ or ., and Spark passes over such files: rename it");
      }
      return files(spark);
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads files that are there by their names. By default Spark takes names for patterns, which
   * Hadoop cannot search where there is a colon.
   */
  public static DataFrameReader files(final SparkSession spark) {
    return spark.read().option(DataSource.GLOB_PATHS_KEY(), "false");
  }

  /** A folder's URI may end in a slash. */
  private static boolean hasSuffix(final String uri, final String suffix) {
    return uri.toLowerCase(Locale.ROOT).replaceFirst("/+$", "").endsWith(suffix);
  }

  private static Dataset<String> lines(final SparkSession spark, final String uri) {
    return inOrder(reader(spark, uri).text(uri))
        .select("value")
        .as(Encoders.STRING())
        .filter(NOT_BLANK);
  }

  private static boolean beginsAsJson(final Dataset<String> lines) {
    return lines.takeAsList(1).stream().allMatch(line -> line.stripLeading().startsWith("{"));
  }
}
