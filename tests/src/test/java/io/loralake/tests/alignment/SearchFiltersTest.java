package io.loralake.tests.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.search.SearchFilters;
import io.loralake.tests.index.SharedSpark;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class SearchFiltersTest {

  @Test
  void commercialIsWhatALicenceAllowsByItsWholeWords() {
    final String licences =
        List.of(
                "Apache-2.0",
                "mit",
                "MIT License",
                "CC BY 4.0",
                "cc-by-sa-4.0",
                "CreativeML OpenRAIL-M",
                "MIT (non-commercial use only)",
                "CC-BY-SA-NC-4.0",
                "cc-by-nd-4.0",
                "mitsua-likes",
                "flux-1-dev-non-commercial-license")
            .stream()
            .map("('%s', map('x', 'y'))"::formatted)
            .reduce((a, b) -> a + ", " + b)
            .orElseThrow();
    assertThat(passing("licence", "commercial", licences, "licence"))
        .containsExactly(
            "Apache-2.0",
            "CC BY 4.0",
            "CreativeML OpenRAIL-M",
            "MIT License",
            "cc-by-sa-4.0",
            "mit");
    assertThat(
            passing(
                "licence",
                "commercial",
                "(NULL, map('allowCommercialUse', 'RentCivit')),"
                    + " (NULL, map('allowCommercialUse', 'None')),"
                    + " (NULL, map('allowCommercialUse', 'Image,RentCivit')),"
                    + " (NULL, map('allowCommercialUse', 'Sell'))",
                "permissions['allowCommercialUse']"))
        .containsExactly("Image,RentCivit", "Sell");
  }

  @Test
  void aLevelIsTheHighestBitOfCivitaisSet() {
    final var rows =
        SharedSpark.session()
            .sql("SELECT * FROM VALUES (1), (3), (4), (7), (8), (28) AS t(nsfw_level)");
    assertThat(
            rows.filter(new SearchFilters(Map.of("nsfw", "4")).condition())
                .orderBy("nsfw_level")
                .collectAsList())
        .extracting(row -> row.getInt(0))
        .containsExactly(1, 3, 4, 7);
    assertThat(
            rows.filter(
                    new SearchFilters(Map.of("nsfw", String.valueOf(Integer.MAX_VALUE)))
                        .condition())
                .count())
        .isEqualTo(6);
  }

  @Test
  void aNumberThatSaysNothingIsRefused() {
    for (final String key : List.of("nsfw", "min-strength", "max-strength", "min-layers")) {
      assertThatThrownBy(() -> new SearchFilters(Map.of(key, "NaN")).condition())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("--filter is " + key + "=NaN, allowed is a number");
    }
    for (final String level : List.of("-1", "1.5")) {
      assertThatThrownBy(() -> new SearchFilters(Map.of("nsfw", level)).condition())
          .hasMessage("--filter is nsfw=%s, allowed is a level, a whole number from 1 on", level);
    }
  }

  private static List<String> passing(
      final String key, final String value, final String rows, final String column) {
    return SharedSpark.session()
        .sql("SELECT * FROM VALUES " + rows + " AS t(licence, permissions)")
        .filter(new SearchFilters(Map.of(key, value)).condition())
        .selectExpr(column + " AS c")
        .orderBy("c")
        .collectAsList()
        .stream()
        .map((Row row) -> row.getString(0))
        .toList();
  }
}
