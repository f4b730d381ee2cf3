package io.loralake.tests.index;

import io.delta.tables.DeltaTable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType$;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType$;

/** Reads a catalog's tables, whoever wrote them. */
public record CatalogTables(String path) {

  public Dataset<Row> read(final String table) {
    return DeltaTable.forPath(SharedSpark.session(), path + "/" + table).toDF();
  }

  /** The rows of a query on one table, which is called {@code t}. */
  public List<Row> query(final String table, final String sql) {
    read(table).createOrReplaceTempView("t");
    return SharedSpark.session().sql(sql).collectAsList();
  }

  /** The single value of a query that gives one row with one column. */
  public <T> T value(final String table, final String sql) {
    return query(table, sql).get(0).getAs(0);
  }

  /** Number of a table's newest commit. */
  public long version(final String table) {
    return DeltaTable.forPath(SharedSpark.session(), path + "/" + table)
        .history(1)
        .first()
        .getAs("version");
  }

  /** All of {@code adapters} and {@code quarantine}; of each time only whether it is there. */
  public List<String> contents() {
    return Stream.of("adapters", "quarantine").flatMap(table -> rows(table).stream()).toList();
  }

  private List<String> rows(final String table) {
    final List<String> columns = new ArrayList<>();
    for (final StructField field : read(table).schema().fields()) {
      columns.add(comparable(field.name(), field.name(), field));
    }
    return read(table).selectExpr(columns.toArray(String[]::new)).toJSON().collectAsList().stream()
        .map(row -> table + " " + row)
        .sorted()
        .toList();
  }

  private static String comparable(
      final String expression, final String name, final StructField field) {
    final String value;
    if (field.dataType() instanceof TimestampType$) {
      value = expression + " IS NOT NULL";
    } else if (field.dataType() instanceof BinaryType$) {
      value = "sha2(" + expression + ", 256)";
    } else if (field.dataType() instanceof MapType) {
      value = "array_sort(map_entries(" + expression + "))";
    } else if (field.dataType() instanceof ArrayType array
        && array.elementType() instanceof StructType struct) {
      final List<String> members = new ArrayList<>();
      for (final StructField member : struct.fields()) {
        members.add(comparable("x." + member.name(), member.name(), member));
      }
      value = "transform(%s, x -> struct(%s))".formatted(expression, String.join(", ", members));
    } else {
      value = expression;
    }
    return value + " AS " + name;
  }
}
