package io.loralake.jobs.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Timestamp;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

class LocationsTest {
  private static final Timestamp MONDAY = new Timestamp(1_000);
  private static final Timestamp TUESDAY = new Timestamp(2_000);
  private static final Timestamp WEDNESDAY = new Timestamp(3_000);

  private static Row row(final String uri, final Timestamp goneAt) {
    return RowFactory.create(uri, "r1", 10L, MONDAY, goneAt);
  }

  @Test
  void placesComeByUri() {
    final Locations places = new Locations(List.of(row("b", null)));
    places.find("a", "r2", 20, TUESDAY);
    assertThat(places.toRows())
        .containsExactly(RowFactory.create("a", "r2", 20L, TUESDAY, null), row("b", null));
    assertThat(places.goneAt()).isNull();
  }

  @Test
  void anAdapterIsGoneWithItsLastPlace() {
    final Locations places = new Locations(List.of(row("a", null), row("b", null)));
    places.lose(Set.of("a", "elsewhere"), TUESDAY);
    assertThat(places.goneAt()).isNull();
    places.lose(Set.of("b"), WEDNESDAY);
    assertThat(places.goneAt()).isEqualTo(WEDNESDAY);
    assertThat(places.toRows()).containsExactly(row("a", TUESDAY), row("b", WEDNESDAY));
  }

  @Test
  void aPlaceIsLostOnce() {
    final Locations places = new Locations(List.of(row("a", MONDAY)));
    places.lose(Set.of("a"), TUESDAY);
    assertThat(places.goneAt()).isEqualTo(MONDAY);
  }

  @Test
  void aPlaceThatComesBackKeepsItsFirstSight() {
    final Locations places = new Locations(List.of(row("a", TUESDAY)));
    places.find("a", "r2", 20, WEDNESDAY);
    assertThat(places.toRows()).containsExactly(RowFactory.create("a", "r2", 20L, MONDAY, null));
  }

  @Test
  void thePlaceThatDescribesIsTheFirstThatIsThere() {
    final Locations places = new Locations(List.of(row("a", null), row("b", null)));
    assertThat(places.first()).isEqualTo("a");
    places.lose(Set.of("a"), TUESDAY);
    assertThat(places.first()).isEqualTo("b");
    places.readAgain("b");
    assertThat(places.toRows())
        .containsExactly(
            row("a", TUESDAY), RowFactory.create("b", Locations.READ_AGAIN, 10L, MONDAY, null));
    places.lose(Set.of("b"), WEDNESDAY);
    assertThat(places.first()).isNull();
  }
}
