package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ComputeDeviceTest {
  @Test
  void namesAreThoseOfPyTorch() {
    assertThat(ComputeDevice.parse("cpu")).isEqualTo(Device.cpu());
    assertThat(ComputeDevice.parse("cuda")).isEqualTo(Device.gpu(0));
    assertThat(ComputeDevice.parse("cuda:3")).isEqualTo(Device.gpu(3));
    assertThatThrownBy(() -> ComputeDevice.parse("tpu")).hasMessageContaining("cuda:N");
  }

  @Test
  void theHostHasMemoryLeft() throws IOException {
    assertThat(ComputeDevice.available(Device.cpu())).isPositive();
  }
}
