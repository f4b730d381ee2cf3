package io.loralake.jobs.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PermissionsTest {

  /** As {@code --filter licence=commercial} takes them: running on Civitai is no sale. */
  @ParameterizedTest
  @CsvSource({
    "'Image,RentCivit', ''",
    "Sell, ''",
    "rent, ''",
    "true, ''",
    "RentCivit, 'no '",
    "None, 'no '",
    "'', 'no '",
    "false, 'no '"
  })
  void imagesMayBeSoldOrNot(final String value, final String no) {
    assertThat(new Permissions(Map.of("allowCommercialUse", value)).words())
        .contains("Civitai (" + no + "commercial use of images)");
  }

  @Test
  void eachFieldIsTold() {
    assertThat(
            new Permissions(
                    Map.of(
                        "allowCommercialUse",
                        "None",
                        "allowNoCredit",
                        "false",
                        "allowDerivatives",
                        "false",
                        "allowDifferentLicense",
                        "true"))
                .words())
        .contains(
            "Civitai (no commercial use of images; credit needed; no merges; merges under other"
                + " terms)");
  }

  @Test
  void whatIsNotKnownIsNotTold() {
    assertThat(new Permissions(Map.of()).words()).isEmpty();
    assertThat(new Permissions(Map.of("x", "y")).words()).isEmpty();
  }
}
