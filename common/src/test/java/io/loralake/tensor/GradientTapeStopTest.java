package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.OwnJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GradientTapeStopTest {
  @Test
  void aJvmThatIsStoppedInABackwardPassEndsWithoutACrash(@TempDir final Path folder)
      throws IOException, InterruptedException {
    try (OwnJvm jvm = OwnJvm.start(folder, LongPass.class, "-Dai.djl.pytorch.num_threads=1");
        BufferedReader said = jvm.output()) {
      assertThat(said.lines().anyMatch("backward"::equals)).isTrue();
      TimeUnit.MILLISECONDS.sleep(100); // until PyTorch is in it

      jvm.terminate();

      jvm.assertTerminated();
    }
  }
}
