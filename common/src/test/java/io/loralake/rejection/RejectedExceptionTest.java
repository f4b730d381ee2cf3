package io.loralake.rejection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RejectedExceptionTest {

  @Test
  void aMessageStaysReadableWhereAFileHasNamesOfAnyLength() {
    final String message = "file: module '" + "y".repeat(500_000) + "'";
    assertThat(new RejectedException(Reason.UNKNOWN_LAYER, message))
        .hasMessage(message.substring(0, 4_000) + " ...");
    assertThat(new RejectedException(Reason.UNKNOWN_LAYER, "file: ").getMessage())
        .isEqualTo("file: ");
  }
}
