package io.loralake.jobs.crawl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

class FailedItemsTest {
  @Test
  void moreOfOneSourceThanAreToldDoNotHideThoseOfAnother() {
    final Map<String, String> errors = new HashMap<>();
    final List<Row> listed = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      errors.put("hf://anna/" + i, "item " + i);
      listed.add(RowFactory.create("hf://anna", "hf://anna/" + i));
    }
    listed.add(RowFactory.create("hf://?base=x", "hf://anna/149"));
    final Map<String, String> told = FailedItems.bySource(errors, listed);
    assertThat(told).containsOnlyKeys("hf://anna", "hf://?base=x");
    assertThat(told.get("hf://anna")).startsWith("item 0; item 1; ").endsWith("; and 50 more");
    assertThat(told.get("hf://?base=x")).isEqualTo("item 149");
  }
}
