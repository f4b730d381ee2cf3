package io.loralake.jobs.catalog;

import io.delta.tables.DeltaTable;
import io.delta.tables.DeltaTableBuilder;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** A table's columns, properties and constraints. */
final class TableShape {
  private final Catalog catalog;
  private final String name;

  TableShape(final Catalog catalog, final String name) {
    this.catalog = catalog;
    this.name = name;
  }

  /** Creates the table, or gives one that an older version has made the columns that it lacks. */
  void create(final StructType columns, final Map<String, String> properties) {
    Commits.run(
        () -> {
          if (catalog.exists(name)) {
            addMissing(columns);
            return;
          }
          TableLog.removeAbandoned(catalog.store(), catalog.location(name));
          DeltaTableBuilder builder =
              DeltaTable.createIfNotExists(catalog.spark())
                  .tableName(catalog.identifier(name)) // Delta's own is not escaped
                  .location(catalog.location(name))
                  .property("delta.appendOnly", "false"); // whatever a cluster's default is
          for (final StructField column : columns.fields()) {
            builder = builder.addColumns(new StructType().add(column));
          }
          for (final Map.Entry<String, String> property : properties.entrySet()) {
            builder = builder.property(property.getKey(), property.getValue());
          }
          builder.execute();
        });
  }

  private void addMissing(final StructType columns) {
    final List<String> there = List.of(catalog.read(name).columns());
    final String missing =
        Stream.of(columns.fields())
            .filter(column -> !there.contains(column.name()))
            .map(StructField::toDDL)
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      alter("ADD COLUMNS (" + missing + ")");
    }
  }

  /**
   * Changes the table.
   *
   * @param change what follows {@code ALTER TABLE} and its name
   */
  void alter(final String change) {
    catalog.spark().sql("ALTER TABLE " + catalog.identifier(name) + " " + change);
  }

  /** The properties, of the version that the catalog reads. */
  Map<String, String> properties() {
    final Identifier table = Identifier.of(new String[] {"delta"}, catalog.location(name));
    final Long version = catalog.versions().get(name);
    try {
      return (version == null
              ? tables().loadTable(table)
              : tables().loadTable(table, String.valueOf(version)))
          .properties();
    } catch (final NoSuchTableException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Spark's own door to tables, behind which each distribution may have a Delta of its own. */
  private TableCatalog tables() {
    return (TableCatalog) catalog.spark().sessionState().catalogManager().v2SessionCatalog();
  }

  void setProperties(final Map<String, String> properties) {
    final String assignments =
        properties.entrySet().stream()
            .map(it -> "'%s' = '%s'".formatted(it.getKey(), it.getValue()))
            .collect(Collectors.joining(", "));
    Commits.run(() -> alter("SET TBLPROPERTIES (" + assignments + ")"));
  }
}
