package io.loralake.tests.parity;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class FluxParityTest {
  @Test
  void equalsTheReference() throws IOException {
    ParityAssert.assertAllPass(new FluxSubject());
  }
}
