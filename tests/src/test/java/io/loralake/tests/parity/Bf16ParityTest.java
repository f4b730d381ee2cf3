package io.loralake.tests.parity;

import ai.djl.Device;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The same fixtures in bfloat16, at the tolerance that {@link Backend} states. */
class Bf16ParityTest {
  @Test
  void staysNearTheReference() throws IOException {
    final Backend backend = new Backend(Device.cpu(), Precision.BF16);
    final List<ModelSubject> subjects =
        List.of(new FluxSubject(), new TextSubject(), new VaeSubject(), new PipelineSubject());
    for (final ModelSubject subject : subjects) {
      ParityAssert.assertAllPass((fixtures, report) -> subject.run(fixtures, report, backend));
    }
  }
}
