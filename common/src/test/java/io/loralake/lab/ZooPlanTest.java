package io.loralake.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.adapter.FileStyle;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ZooPlanTest {
  private static final List<ZooPlan.Row> ROWS = ZooPlan.rows(0);

  private static List<ZooAdapter> adapters() {
    return ROWS.stream().map(ZooPlan.Row::adapter).toList();
  }

  @Test
  void everyStyleHasEverySubjectAndAQuarterIsUnusual() {
    final Set<String> combinations =
        adapters().stream()
            .filter(adapter -> adapter.kind().equals(ZooAdapter.FULL))
            .map(adapter -> adapter.style() + " " + adapter.subject())
            .collect(Collectors.toSet());
    assertThat(combinations).hasSize(ZooPlan.STYLES * Subject.values().length);
    assertThat(ROWS).hasSize(combinations.size() * 5 / 4);
    assertThat(adapters())
        .filteredOn(adapter -> adapter.kind().equals(ZooAdapter.FULL))
        .allMatch(adapter -> adapter.rank() >= 2 && adapter.rank() <= 4);
    assertThat(adapters().stream().map(ZooAdapter::kind).collect(Collectors.toSet()))
        .contains("attention", "double", "single", "rank1", "rank8", "alpha");
  }

  @Test
  void everyNamingIsUsed() {
    assertThat(adapters().stream().map(ZooAdapter::naming).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(FileStyle.names());
  }

  @Test
  void fileNamesAreUniqueAndTellNothing() {
    final Set<String> files = new HashSet<>();
    for (final ZooAdapter adapter : adapters()) {
      assertThat(files.add(adapter.file())).as(adapter.file()).isTrue();
      assertThat(adapter.file()).doesNotContain(adapter.style());
      for (final String word : adapter.subject().split("-")) {
        assertThat(adapter.file()).doesNotContain(word);
      }
    }
  }

  @Test
  void thePlanIsTheSameAtEveryCall() {
    assertThat(ZooPlan.rows(0)).isEqualTo(ROWS);
  }

  @Test
  void anotherSeedTrainsTheSameAdaptersAnew() {
    final List<ZooPlan.Row> others = ZooPlan.rows(1);
    assertThat(others).hasSameSizeAs(ROWS).doesNotContainAnyElementsOf(ROWS);
    assertThat(others.stream().map(row -> row.adapter().file()))
        .isEqualTo(ROWS.stream().map(row -> row.adapter().file()).toList());
    assertThat(others.stream().map(row -> row.adapter().seed()))
        .doesNotContainAnyElementsOf(ROWS.stream().map(row -> row.adapter().seed()).toList());
  }
}
