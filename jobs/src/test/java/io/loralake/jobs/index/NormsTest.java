package io.loralake.jobs.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.encoder.SameUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class NormsTest {

  private static Norms.Entry entry(final String id, final float... values) {
    double squares = 0;
    for (final float value : values) {
      squares += (double) value * value;
    }
    return new Norms.Entry(id, Math.sqrt(squares), values);
  }

  @Test
  void findsWhatComparingAllWithAllFinds() {
    final Random random = new Random(5);
    final List<Norms.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      final float norm = 1 + random.nextInt(40) * 0.005f;
      entries.add(entry("id" + i, norm, 2 * norm, random.nextInt(3)));
    }
    final Norms norms = new Norms(entries);
    for (final Norms.Entry one : entries) {
      final TreeSet<String> expected = new TreeSet<>();
      for (final Norms.Entry other : entries) {
        if (other != one && SameUpdate.normsAgree(one.values(), other.values())) {
          expected.add(other.id());
        }
      }
      assertThat(new TreeSet<>(norms.matches(one))).isEqualTo(expected);
    }
  }

  /** At the very edge of the tolerance a pair is found from either side. */
  @Test
  void lookAlikesSeeEachOther() {
    final Norms.Entry weak = entry("weak", 0.99f, 0);
    final Norms.Entry strong = entry("strong", 0.99f / 0.99001f, 0);
    final Norms norms = new Norms(List.of(weak, strong));
    assertThat(norms.matches(weak)).containsExactly("strong");
    assertThat(norms.matches(strong)).containsExactly("weak");
  }
}
