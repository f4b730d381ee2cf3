package io.loralake.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class LowRankTest {
  @Test
  void sumPutsFactorsSideBySide() {
    final LowRank first = new LowRank(1, 2, 3, new float[] {1, 2}, new float[] {3, 4, 5});
    final LowRank second =
        new LowRank(2, 2, 3, new float[] {6, 7, 8, 9}, new float[] {10, 11, 12, 13, 14, 15});

    final LowRank sum = LowRank.sum(List.of(first, second));

    assertThat(sum.rank()).isEqualTo(3);
    assertThat(sum.a()).containsExactly(1, 2, 6, 7, 8, 9);
    assertThat(sum.b()).containsExactly(3, 10, 11, 4, 12, 13, 5, 14, 15);
  }

  @Test
  void refusesFactorsThatDoNotFit() {
    assertThatThrownBy(() -> new LowRank(2, 2, 3, new float[4], new float[5]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("B needs 6 values, got 5");
    final LowRank narrow = new LowRank(1, 2, 3, new float[2], new float[3]);
    final LowRank wide = new LowRank(1, 4, 3, new float[4], new float[3]);
    assertThatThrownBy(() -> LowRank.sum(List.of(narrow, wide)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(3, 2) and (3, 4)");
  }
}
