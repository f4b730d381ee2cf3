package io.loralake.jobs.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.alignment.ContrastiveHead;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.RidgeTraining;
import io.loralake.encoder.SketchLayout;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** How many adapters the driver holds. */
class TrainingOptionsTest {
  private static final String RIDGE = RidgeTraining.HEAD;

  private static TrainingOptions options(final OptionalInt driverUpTo) {
    return new TrainingOptions(
        "catalog",
        Optional.empty(),
        Optional.empty(),
        TrainingOptions.AUTO,
        "minilm",
        0.1,
        5,
        0,
        driverUpTo,
        Optional.empty(),
        Optional.empty(),
        RidgeTraining.Options.DEFAULT,
        ContrastiveOptions.DEFAULT);
  }

  /** As many numbers as 304 layers of 64 have, for each probe. */
  private static SketchLayout flux(final int probes) {
    return new SketchLayout("p", probes, List.of("double_blocks.0.img_attn.qkv"), List.of(19_456));
  }

  @Test
  void noMoreThanAnArrayHolds() {
    final TrainingOptions options = options(OptionalInt.of(2000));
    final int most = RidgeTraining.most(flux(16), RidgeTraining.Options.DEFAULT);
    assertThat(most).isLessThan(2000);
    assertThat(options.driverUpTo(RIDGE, flux(16))).isEqualTo(most);
    assertThat(options.driverUpTo(ContrastiveHead.HEAD, flux(16))).isEqualTo(2000);
  }

  @Test
  void noMoreSketchesThanAHeapOfUsualSizeHolds() {
    for (final String head : List.of(RIDGE, ContrastiveHead.HEAD)) {
      assertThat(options(OptionalInt.empty()).driverUpTo(head, flux(16))).isEqualTo(862);
      assertThat(options(OptionalInt.empty()).sample(head, flux(16))).isEqualTo(862);
    }
    assertThat(options(OptionalInt.empty()).driverUpTo(ContrastiveHead.HEAD, flux(1)))
        .isEqualTo(5000);
  }

  @Test
  void asTheHeadHasIt() {
    assertThat(options(OptionalInt.empty()).driverUpTo(RIDGE, flux(1))).isEqualTo(1000);
    assertThat(options(OptionalInt.empty()).sample(RIDGE, flux(1))).isEqualTo(1000);
    assertThat(options(OptionalInt.of(7)).driverUpTo(RIDGE, flux(1))).isEqualTo(7);
  }
}
