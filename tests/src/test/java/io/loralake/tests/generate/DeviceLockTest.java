package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.loralake.jobs.runtime.DeviceLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes and one GPU; none has to be there. */
class DeviceLockTest {
  @TempDir private Path folder;

  /** Takes the first GPU, collects garbage, says so, and waits. */
  static final class Holder {
    public static void main(final String[] arguments) throws IOException, InterruptedException {
      new DeviceLock(Path.of(arguments[0]), DeviceLockTest::number).take(Device.gpu(0));
      System.gc();
      Thread.sleep(500); // the cleaner has a thread of its own
      System.out.println("taken");
      final int end = System.in.read();
      System.out.println(end);
    }
  }

  private static String number(final Device gpu) {
    return String.valueOf(gpu.getDeviceId());
  }

  @Test
  void oneProcessAGpu() throws IOException, InterruptedException {
    final Process holder =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Holder.class.getName(),
                    folder.toString()))
            .start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("taken");
      final DeviceLock lock = new DeviceLock(folder, DeviceLockTest::number);
      assertThatThrownBy(() -> lock.take(Device.gpu(0)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("GPU 0")
          .hasMessageContaining("process " + holder.pid())
          .hasMessageContaining("spark.executor.resource.gpu.amount=1");
      assertThatCode(() -> new DeviceLock(folder, first -> "another").take(Device.gpu(0)))
          .as("the first that this process sees is another one")
          .doesNotThrowAnyException();
      assertThatCode(() -> lock.take(Device.gpu(1))).doesNotThrowAnyException();
      assertThatCode(() -> lock.take(Device.gpu(1))).doesNotThrowAnyException();
      assertThatCode(() -> lock.take(Device.cpu())).doesNotThrowAnyException();
      holder.destroyForcibly().waitFor();
      assertThatCode(() -> lock.take(Device.gpu(0))).doesNotThrowAnyException();
    } finally {
      holder.destroyForcibly();
    }
  }
}
