package io.loralake.tests.parity;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class BadParityTest {
  @Test
  void everyFileIsRefusedForTheRightReason() throws IOException {
    ParityAssert.assertAllPass(new BadSubject());
  }
}
