package io.loralake.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.fusion.GateOptions;
import org.junit.jupiter.api.Test;

class OptionTextTest {
  @Test
  void namesAreWordsAndNoRecordShows() {
    assertThat(OptionText.of(GateOptions.FULL))
        .isEqualTo("activations true, divided true, time true, relevance 24");
    assertThat(OptionText.of(GateTraining.Options.DEFAULT))
        .startsWith("steps 700, batch 32, micro batch 16, learning rate 0.01, warmup 20,");
  }
}
