package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import org.junit.jupiter.api.Test;

class BaseModelsTest {
  @Test
  void aGpuThatSparkDoesNotNumberIsNamed() {
    assertThat(BaseModels.gpu("1")).isEqualTo(Device.gpu(1));
    assertThatThrownBy(() -> BaseModels.gpu("GPU-5a1c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'GPU-5a1c'", "get-gpus");
  }
}
