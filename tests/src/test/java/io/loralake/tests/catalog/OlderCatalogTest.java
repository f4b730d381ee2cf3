package io.loralake.tests.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.tests.index.SharedSpark;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A catalog that an older version has made. */
class OlderCatalogTest {
  @Test
  void aTableGetsTheColumnsThatItLacksAndKeepsItsRows(@TempDir final Path root) {
    SharedSpark.session()
        .sql("SELECT 'r0' AS run_id, 'e0' AS encoder_id, 1 AS step, 'loss' AS name, 0.5D AS value")
        .write()
        .format("delta")
        .save(root.resolve("training_curves").toString());
    final Catalog catalog = new Catalog(SharedSpark.session(), root.toString());

    catalog.keepCurve("r1", "gates_id", "g1", List.of(Map.of("step", 2.0)));

    final List<Row> rows =
        catalog
            .read("training_curves")
            .select("run_id", "encoder_id", "gates_id")
            .orderBy("run_id")
            .collectAsList();
    assertThat(rows.stream().map(Row::toString)).containsExactly("[r0,e0,null]", "[r1,null,g1]");
  }
}
