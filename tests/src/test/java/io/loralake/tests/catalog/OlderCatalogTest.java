package io.loralake.tests.catalog;

import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.TrainingCurves;
import io.loralake.tests.index.SharedSpark;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A catalog whose tables have other columns: an older version has made it, or a user added some.
 */
class OlderCatalogTest {
  @Test
  void aTableGetsTheColumnsThatItLacksAndKeepsItsRows(@TempDir final Path root) {
    SharedSpark.session()
        .sql("SELECT 'r0' AS run_id, 'e0' AS encoder_id, 1 AS step, 'loss' AS name, 0.5D AS value")
        .write()
        .format("delta")
        .save(root.resolve("training_curves").toString());
    final Catalog catalog = new Catalog(SharedSpark.session(), root.toString());

    new TrainingCurves(catalog).keep("r1", "gates_id", "g1", List.of(point(2)));

    final List<Row> rows =
        catalog
            .read("training_curves")
            .select("run_id", "encoder_id", "gates_id", "step", "name", "value")
            .orderBy("run_id")
            .collectAsList();
    assertThat(rows.stream().map(Row::toString))
        .containsExactly("[r0,e0,null,1,loss,0.5]", "[r1,null,g1,2,loss,0.25]");
  }

  @Test
  void aCopyOfTheRowsAloneIsToldInWords(@TempDir final Path root) {
    SharedSpark.session()
        .sql("SELECT 'a0' AS adapter_id")
        .write()
        .format("delta")
        .save(root.resolve("adapters").toString());
    final Catalog catalog = new Catalog(SharedSpark.session(), root.toString());

    assertThatThrownBy(catalog::requireIdentity)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "file:%s lacks the table properties loralake.model and loralake.probeSet",
            root.resolve("adapters"));
  }

  @Test
  void aColumnThatAUserHasAddedStaysAndIsInNobodysWay(@TempDir final Path root) {
    final SparkSession spark = SharedSpark.session();
    final Catalog catalog = new Catalog(spark, root.toString());
    final String table = "delta.`" + root.resolve("training_curves") + "`";
    new TrainingCurves(catalog).keep("r1", "gates_id", "g1", List.of(point(1)));
    spark.sql("ALTER TABLE " + table + " ADD COLUMNS (note STRING)");
    spark.sql("UPDATE " + table + " SET note = 'mine'");

    new TrainingCurves(catalog).keep("r2", "gates_id", "g2", List.of(point(2)));
    catalog.upsert(
        "training_curves",
        spark.sql("SELECT id AS run_id, 5 AS step FROM VALUES ('r1'), ('r3') AS ids(id)"),
        expr("t.run_id = s.run_id"),
        lit(true));

    final List<Row> rows =
        catalog
            .read("training_curves")
            .select("run_id", "gates_id", "step", "note")
            .orderBy("run_id")
            .collectAsList();
    assertThat(rows.stream().map(Row::toString))
        .containsExactly("[r1,g1,5,mine]", "[r2,g2,2,null]", "[r3,null,5,null]");
  }

  private static Map<String, Double> point(final double step) {
    return Map.of("step", step, "loss", 0.25);
  }
}
