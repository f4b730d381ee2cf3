package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OpsModuleTest {

  /** As a build of PyTorch without oneDNN says of its operations. */
  @Test
  void anOperationThatPyTorchLacksIsTold() {
    assertThatThrownBy(() -> OpsModule.load("unknown-operation.py"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("PyTorch refuses the operations of unknown-operation.py")
        .hasStackTraceContaining("nowhere::nothing");
  }
}
