package io.loralake.jobs.search;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.runtime.EncoderPool;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Adds a column of embeddings to a table, in DJL-Spark's words. A row whose input is NULL gets
 * NULL.
 *
 * @param <T> the kind of embedder, which its setters return
 */
abstract class ColumnEmbedder<T extends ColumnEmbedder<T>> implements Serializable {
  private final EncoderArtifact artifact;
  private final DataType inputType;
  private String inputCol;
  private String outputCol = "embedding";
  private int batchSize = 64;

  ColumnEmbedder(final EncoderArtifact artifact, final String inputCol, final DataType inputType) {
    this.artifact = artifact;
    this.inputCol = inputCol;
    this.inputType = inputType;
  }

  /** The column that is read. */
  public T setInputCol(final String column) {
    this.inputCol = column;
    return self();
  }

  /** The column that is added, an array of floats; default {@code embedding}. */
  public T setOutputCol(final String column) {
    this.outputCol = column;
    return self();
  }

  /** Rows that are embedded at once; default 64. */
  public T setBatchSize(final int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("batchSize is " + rows + ", allowed are positive numbers");
    }
    this.batchSize = rows;
    return self();
  }

  /**
   * The engine that computes.
   *
   * @throws IllegalArgumentException when it is not PyTorch, the only one
   */
  public T setEngine(final String engine) {
    if (!engine.equals("PyTorch")) {
      throw new IllegalArgumentException("engine is " + engine + ", allowed is PyTorch");
    }
    return self();
  }

  abstract T self();

  /** Embeds inputs, none of which is null. */
  abstract float[][] embed(AdapterEncoder encoder, List<Object> inputs);

  /**
   * The columns of a table with the output column added.
   *
   * @throws IllegalArgumentException when the table has no input column of the right type, or has
   *     an output column already
   */
  public StructType transformSchema(final StructType schema) {
    final List<String> names = List.of(schema.fieldNames());
    if (!names.contains(inputCol)) {
      throw new IllegalArgumentException(
          "inputCol is %s, the table's columns are %s"
              .formatted(inputCol, String.join(", ", names)));
    }
    final DataType type = schema.apply(inputCol).dataType();
    if (!type.equals(inputType)) {
      throw new IllegalArgumentException(
          "inputCol %s holds %s, allowed is %s"
              .formatted(inputCol, type.simpleString(), inputType.simpleString()));
    }
    if (names.stream().anyMatch(outputCol::equalsIgnoreCase)) { // as Spark SQL compares names
      throw new IllegalArgumentException(
          "outputCol is %s, which the table has already".formatted(outputCol));
    }
    return schema.add(outputCol, DataTypes.createArrayType(DataTypes.FloatType, false));
  }

  /** The table with the output column added. */
  public Dataset<Row> transform(final Dataset<Row> table) {
    return table.mapPartitions(
        (MapPartitionsFunction<Row, Row>) this::transform,
        Encoders.row(transformSchema(table.schema())));
  }

  private Iterator<Row> transform(final Iterator<Row> rows) {
    return new Iterator<>() {
      private Iterator<Row> ready = List.<Row>of().iterator();

      @Override
      public boolean hasNext() {
        return ready.hasNext() || rows.hasNext();
      }

      @Override
      public Row next() {
        if (!ready.hasNext()) {
          ready = batch(rows).iterator();
        }
        return ready.next();
      }
    };
  }

  private List<Row> batch(final Iterator<Row> rows) {
    final List<Row> batch = new ArrayList<>();
    final List<Object> inputs = new ArrayList<>();
    while (rows.hasNext() && batch.size() < batchSize) {
      final Row row = rows.next();
      batch.add(row);
      if (!row.isNullAt(row.fieldIndex(inputCol))) {
        inputs.add(row.getAs(inputCol));
      }
    }
    final AdapterEncoder encoder = EncoderPool.take(artifact);
    try {
      return joined(batch, embed(encoder, inputs));
    } finally {
      EncoderPool.give(encoder);
    }
  }

  private List<Row> joined(final List<Row> batch, final float[][] vectors) {
    final List<Row> joined = new ArrayList<>();
    int at = 0;
    for (final Row row : batch) {
      final Object[] values = new Object[row.size() + 1];
      for (int i = 0; i < row.size(); i++) {
        values[i] = row.get(i);
      }
      values[row.size()] = row.isNullAt(row.fieldIndex(inputCol)) ? null : vectors[at++];
      joined.add(RowFactory.create(values));
    }
    return joined;
  }
}
