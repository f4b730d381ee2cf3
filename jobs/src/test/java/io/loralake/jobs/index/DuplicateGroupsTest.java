package io.loralake.jobs.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DuplicateGroupsTest {

  @Test
  void anAdapterAloneStandsForItself() {
    final DuplicateGroups groups = new DuplicateGroups();
    groups.join("b", "b");
    assertThat(groups.leader("a")).isEqualTo("a");
    assertThat(groups.leader("b")).isEqualTo("b");
  }

  @Test
  void theSmallestIdStandsForAGroupInAnyOrder() {
    final List<String[]> pairs = new ArrayList<>();
    for (final String pair : "d-c e-d c-b z-y b-e y-x".split(" ")) {
      pairs.add(pair.split("-"));
    }
    final Random random = new Random(1);
    for (int i = 0; i < 50; i++) {
      Collections.shuffle(pairs, random);
      final DuplicateGroups groups = new DuplicateGroups();
      pairs.forEach(pair -> groups.join(pair[random.nextInt(2)], pair[1]));
      pairs.forEach(pair -> groups.join(pair[0], pair[1]));
      assertThat(List.of("b", "c", "d", "e")).allMatch(id -> groups.leader(id).equals("b"));
      assertThat(List.of("x", "y", "z")).allMatch(id -> groups.leader(id).equals("x"));
    }
  }
}
