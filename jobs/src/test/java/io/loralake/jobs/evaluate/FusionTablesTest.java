package io.loralake.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FusionTablesTest {
  private static FusionRow row(final String set, final double first, final double second) {
    return new FusionRow(set, set, Map.of("a/b", first, "c/d", second));
  }

  @Test
  void whatIsNoNumberIsNotTheBestOfLosses() throws IOException {
    final FusionTables tables =
        new FusionTables(
            List.of(row("base", 2, 4), row("exact", 1, Double.NaN), row("style", 1, 1)));
    final JsonNode base = new ObjectMapper().readTree(tables.json(Map.of()).get(0));
    final JsonNode exact = new ObjectMapper().readTree(tables.json(Map.of()).get(1));
    assertThat(base.get("loss").asDouble()).isEqualTo(3);
    assertThat(exact.get("loss").isNull()).isTrue();
    assertThat(exact.get("share").isNull()).isTrue();
  }

  @Test
  void oneCombinationHasNoStandardError() {
    final FusionRow one = new FusionRow("x", "x", Map.of("a/b", 1.0));
    final FusionRow other = new FusionRow("y", "y", Map.of("a/b", 3.0));
    assertThat(one.less(other)).isEqualTo(new FusionRow.Difference(-2, Double.NaN, 1, 1));
  }
}
