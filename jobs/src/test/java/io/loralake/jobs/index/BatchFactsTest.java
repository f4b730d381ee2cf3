package io.loralake.jobs.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import scala.collection.JavaConverters;

class BatchFactsTest {

  private static Row row(final String id, final String sketch, final float... norms) {
    final List<Float> layers = new ArrayList<>();
    for (final float norm : norms) {
      layers.add(norm);
    }
    return RowFactory.create(
        "uri of " + id, "r", 1L, id, 5.0, JavaConverters.asScalaBuffer(layers).toSeq(), sketch);
  }

  /** Each of N that look alike would be compared with all others. */
  @Test
  void ofManyFilesWithOneUpdateOneIsComparedWithOthers() {
    final List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      rows.add(row("copy" + i, "s", 3, 4));
    }
    rows.add(row("copy0", "s", 3, 4));
    rows.add(row("negated", "-s", 3, 4));
    rows.add(row("other", "s", 4, 3));
    final BatchFacts facts = BatchFacts.of(rows);
    assertThat(facts.norms().entries())
        .extracting(Norms.Entry::id)
        .containsExactlyInAnyOrder("copy0", "negated", "other");
    assertThat(facts.copies()).hasSize(999).containsEntry("copy7", "copy0");
    assertThat(facts.found()).hasSize(1003);
  }
}
