package io.loralake.tests.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.TableHistory;
import io.loralake.tests.index.SharedSpark;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableHistoryTest {
  private final SparkSession spark = SharedSpark.session();

  /** VACUUM deletes an older deletion vector of a file that the newest version still has. */
  @Test
  void aVersionWhoseDeletionVectorIsVacuumedCannotBeRead(@TempDir final Path root) {
    final String table = "delta.`" + root.resolve("numbers") + "`";
    spark
        .range(0, 100, 1, 1)
        .toDF("id")
        .write()
        .format("delta")
        .option("delta.enableDeletionVectors", "true")
        .save(root.resolve("numbers").toString());
    spark.sql("DELETE FROM " + table + " WHERE id = 1");
    spark.sql("DELETE FROM " + table + " WHERE id = 2");
    final Catalog catalog = new Catalog(spark, root.toString());
    final TableHistory history = catalog.history("numbers");
    assertThat(history.isReadable(1)).isTrue();
    assertThat(history.oldest()).isZero();
    catalog.table("numbers").vacuum(0);
    assertThat(history.isReadable(1)).isFalse();
    assertThat(history.isReadable(2)).isTrue();
    assertThat(history.oldest()).isEqualTo(2);
    assertThat(catalog.at("numbers", 2).read("numbers").count()).isEqualTo(98);
  }
}
