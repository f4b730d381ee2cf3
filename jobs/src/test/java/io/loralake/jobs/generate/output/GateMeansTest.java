package io.loralake.jobs.generate.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GateMeansTest {
  private static final String LAYER = "single_blocks.0.linear1";

  @Test
  void onePictureOfFewerStepsDoesNotStandForAllOthers() {
    final GateMeans.Sums few = sums(1, 1, 0.9);
    final GateMeans.Sums most = sums(2, 3, 0.75, 1.5);

    final GateMeans.Sums all = GateMeans.Sums.of(List.of(few, most, most));

    assertThat(all.steps()).isEqualTo(2);
    assertThat(all.means(LAYER)).containsExactly(0.25, 0.5);
    assertThat(all.counts().get(LAYER)).containsExactly(6, 6);
  }

  @Test
  void nothingSeenHasNoMeans() {
    assertThat(GateMeans.Sums.of(List.of())).isNull();
  }

  private static GateMeans.Sums sums(final int steps, final long count, final double... values) {
    final long[] counts = new long[values.length];
    Arrays.fill(counts, count);
    return new GateMeans.Sums(steps, Map.of(LAYER, values), Map.of(LAYER, counts));
  }
}
