package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class AmountTest {
  @Test
  void oneIsNotCalledSeveral() {
    assertThat(Amount.of(1, "picture")).isEqualTo("1 picture");
    assertThat(Amount.of(0, "picture")).isEqualTo("0 pictures");
    assertThat(Amount.of(2000, "planned picture")).isEqualTo("2,000 planned pictures");
    assertThat(Amount.of(1, "batch") + ", " + Amount.of(2, "batch"))
        .isEqualTo("1 batch, 2 batches");
  }
}
