package io.loralake.jobs.generate.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class RetrievalTest {
  @Test
  void saysWhetherFiltersOrTheCatalogLeaveNothing() {
    assertThat(Retrieval.nothingFound(Map.of()))
        .isEqualTo(
            "no adapter of the catalog can be found: 'index' adds some, k 0 is for the base alone");
    assertThat(Retrieval.nothingFound(Map.of("nsfw", "1")))
        .isEqualTo("no adapter of the catalog passes {nsfw=1}");
  }
}
