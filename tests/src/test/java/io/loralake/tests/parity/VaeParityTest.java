package io.loralake.tests.parity;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class VaeParityTest {
  @Test
  void equalsTheReference() throws IOException {
    ParityAssert.assertAllPass(new VaeSubject());
  }
}
