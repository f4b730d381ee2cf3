package io.loralake.tests.parity;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class LoraParityTest {
  @Test
  void equalsTheReference() throws IOException {
    ParityAssert.assertAllPass(new LoraSubject());
  }
}
