package io.loralake.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SplitsTest {
  @Test
  void somethingIsLeftToLearnFrom() {
    final List<TruthAdapter> truth = new ArrayList<>();
    for (int subject = 0; subject < 4; subject++) {
      truth.add(new TruthAdapter("f" + subject, "style", "s" + subject, null, List.of()));
    }
    assertThat(Splits.make(truth, 3, 4).heldOut().values())
        .hasSize(3)
        .allSatisfy(split -> assertThat(split).hasSize(2));
  }
}
