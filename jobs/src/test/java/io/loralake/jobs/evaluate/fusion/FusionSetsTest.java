package io.loralake.jobs.evaluate.fusion;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.evaluate.Truth;
import io.loralake.jobs.evaluate.TruthAdapter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FusionSetsTest {
  private static EmbeddedAdapters.Entry adapter(final String id) {
    return new EmbeddedAdapters.Entry(id, id, List.of(), new float[] {1});
  }

  @Test
  void ownConceptsNeedAnAdapterBesideTheirOwn() {
    final List<EmbeddedAdapters.Entry> adapters = List.of(adapter("a"), adapter("b"));
    final Roles all = new OwnConcepts(Map.of("cats", Set.of("a", "b")));
    assertThatThrownBy(() -> FusionSets.requireAll(adapters, all, Set.of("cats"), false))
        .hasMessage("The catalog has no adapter beside those of cats");
    final Roles one = new OwnConcepts(Map.of("cats", Set.of("a")));
    assertThatCode(() -> FusionSets.requireAll(adapters, one, Set.of("cats"), true))
        .doesNotThrowAnyException();
  }

  /** Adapters are named by style and subject. */
  private static void require(final String adapters, final boolean mapped) {
    final Map<String, TruthAdapter> truth = new LinkedHashMap<>();
    for (final String name : adapters.split(" ")) {
      final String[] parts = name.split("/");
      truth.put(name, new TruthAdapter(name, parts[0], parts[1], "full", List.of()));
    }
    FusionSets.requireAll(
        truth.keySet().stream().map(FusionSetsTest::adapter).toList(),
        new TruthConcepts(new Truth(Map.of(), truth, List.of()), Map.of()),
        Set.of("sepia/cat"),
        mapped);
  }

  @ParameterizedTest
  @CsvSource({
    "sepia/dog night/cat night/dog, style and subject of sepia/cat",
    "sepia/cat night/cat night/dog, the style of sepia/cat with another subject",
    "sepia/cat sepia/dog night/dog, the subject of sepia/cat in another style",
    "sepia/cat sepia/dog night/cat, neither style nor subject of sepia/cat",
  })
  void conceptsOfATruthTableNeedAnAdapterOfEachRole(final String adapters, final String lacking) {
    assertThatThrownBy(() -> require(adapters, true)).hasMessageEndingWith(" has " + lacking);
  }

  @Test
  void whereGatesAreNotWatchedNoDistractorIsNeeded() {
    assertThatCode(() -> require("sepia/cat sepia/dog night/cat", false))
        .doesNotThrowAnyException();
  }
}
