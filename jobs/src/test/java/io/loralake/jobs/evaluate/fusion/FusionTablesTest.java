package io.loralake.jobs.evaluate.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FusionTablesTest {
  private static final String SET = FusionSets.STYLE_AND_SUBJECT;

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
  void norIsItTheBetterSingle() throws IOException {
    final FusionTables tables =
        tables(row("base", 3, 5), row(Roles.EXACT, 1, 3), row("subject", 2, Double.NaN));
    final JsonNode learned = new ObjectMapper().readTree(tables.json(Map.of()).get(6));
    assertThat(learned.get("to_single").asDouble()).as("the style").isEqualTo(-1.5);
  }

  @Test
  void thereIsNoWayToAnExactAdapterThatIsWorseThanTheBase() throws IOException {
    final FusionTables tables = tables(row("base", 1, 3), row(Roles.EXACT, 2, 4));
    assertThat(new ObjectMapper().readTree(tables.json(Map.of()).get(6)).get("share").isNull())
        .isTrue();
    assertThat(tables.tables().get(0).rows().get(2)).startsWith("learned", "2.5000", "-");
  }

  @Test
  void oneCombinationHasNoStandardError() {
    final FusionRow one = new FusionRow("x", "x", Map.of("a/b", 1.0));
    final FusionRow other = new FusionRow("y", "y", Map.of("a/b", 3.0));
    assertThat(one.less(other)).isEqualTo(new FusionRow.Difference(-2, Double.NaN, 1, 1));
    final FusionTables tables =
        new FusionTables(
            Stream.of(FusionEvaluation.BASE, Roles.EXACT)
                .map(name -> new FusionRow(name, name, Map.of("a/b", 1.0)))
                .toList());
    assertThat(tables.tables().get(0).rows())
        .containsExactly(List.of(Roles.EXACT, Roles.EXACT, "1.0000", "+0.0000 (0)"));
  }

  /** Of two combinations; the base loses 4 on average, the exact adapter 2. */
  @Test
  void rowsAreComparedOnTheSameCombinations() throws IOException {
    final FusionTables tables = tables(row("base", 3, 5), row(Roles.EXACT, 1, 3));
    final Map<String, Map<String, Hits>> painted =
        Map.of(SET, Map.of("learned", Hits.NONE.and(true, false).and(true, true)));
    final JsonNode learned = new ObjectMapper().readTree(tables.json(painted).get(6));
    assertThat(learned.get("loss").asDouble()).isEqualTo(2.5);
    assertThat(learned.get("share").asDouble()).as("of 4 to 2").isEqualTo(0.75);
    assertThat(learned.get("to_mean").asDouble()).as("1 and -2").isEqualTo(-0.5);
    assertThat(learned.get("to_mean_error").asDouble()).isEqualTo(1.5);
    assertThat(learned.get("won_mean").asInt()).isEqualTo(1);
    assertThat(learned.get("of").asInt()).isEqualTo(2);
    assertThat(learned.get("to_sum").asDouble()).isEqualTo(-2.5);
    assertThat(learned.get("won_sum").asInt()).isEqualTo(2);
    assertThat(learned.get("to_single").asDouble()).as("the subject").isEqualTo(-1);
    assertThat(learned.get("to_exact").asDouble()).isEqualTo(0.5);
    assertThat(learned.get("style_right").asDouble()).isEqualTo(1);
    assertThat(learned.get("subject_right").asDouble()).isEqualTo(0.5);
    assertThat(learned.get("both_right").asDouble()).isEqualTo(0.5);
    assertThat(learned.get("pictures").asInt()).isEqualTo(2);
    assertThat(tables.tables().get(0).rows().get(2))
        .containsExactly(
            "learned",
            "2.5000",
            "75 %",
            "-0.5000 ± 1.5000 (1)",
            "-1.0000 ± 2.0000 (1)",
            "+0.5000 ± 1.5000 (1)");
  }

  /** With a set that is fused in three ways. */
  private static FusionTables tables(final FusionRow base, final FusionRow exact) {
    return tables(base, exact, row("subject", 2, 5));
  }

  private static FusionTables tables(
      final FusionRow base, final FusionRow exact, final FusionRow subject) {
    return new FusionTables(
        List.of(
            base,
            exact,
            row("style", 2, 6),
            subject,
            new FusionRow(SET, FusionWays.MEAN, losses(2, 4)),
            new FusionRow(SET, "sum", losses(5, 5)),
            new FusionRow(SET, "learned", losses(3, 2))));
  }

  private static Map<String, Double> losses(final double first, final double second) {
    return Map.of("a/b", first, "c/d", second);
  }
}
