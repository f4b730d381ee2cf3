package io.loralake.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.memory.UnifiedMemoryManager;
import org.junit.jupiter.api.Test;

class ShortageTest {
  private static final String FAILED =
      "Job aborted due to stage failure: Task 1 in stage 6.0 failed 4 times, most recent failure: ";

  @Test
  void heapOfThisProcessNamesItsSetting() {
    assertThat(Shortage.of(new OutOfMemoryError("Java heap space")))
        .hasValueSatisfying(said -> assertThat(said).contains("LORALAKE_JAVA_OPTS"));
    assertThat(
            Shortage.of(
                new UncheckedIOException(
                    new IOException(
                        new OutOfMemoryError("Cannot reserve 9 bytes of direct buffer memory")))))
        .hasValueSatisfying(said -> assertThat(said).contains("LORALAKE_JAVA_OPTS"));
    assertThat(
            Shortage.of(
                new SparkException(
                    FAILED
                        + "Lost task 1.0 in stage 6.0 (TID 6) (localhost executor driver): java.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.java:1)",
                    new OutOfMemoryError("Java heap space"))))
        .hasValueSatisfying(said -> assertThat(said).contains("LORALAKE_JAVA_OPTS"));
  }

  @Test
  void resultsThatTheDriverMayNotTakeNameTheirSetting() {
    assertThat(
            Shortage.of(
                new SparkException(
                    "Job aborted due to stage failure: Total size of serialized results of 2 tasks"
                        + " (1113.8 KiB) is bigger than spark.driver.maxResultSize (1024.0 KiB)")))
        .hasValueSatisfying(
            said -> assertThat(said).contains("of 1024.0 KiB is too small", "maxResultSize=4g"));
  }

  /** Spark speaks of --driver-memory, which scripts/loralake does not know. */
  @Test
  void lessThanSparkWantsNamesThatOfTheScriptAsWell() {
    final SparkConf conf = new SparkConf().set("spark.testing.memory", "268435456");
    assertThatThrownBy(() -> UnifiedMemoryManager.apply(conf, 1))
        .satisfies(
            thrown ->
                assertThat(Shortage.of(thrown))
                    .hasValueSatisfying(said -> assertThat(said).contains("LORALAKE_JAVA_OPTS")));
  }

  @Test
  void heapOfAnExecutorNamesThatOfExecutors() {
    assertThat(
            Shortage.of(
                new SparkException(
                    FAILED
                        + "Lost task 1.3 in stage 6.0 (TID 6) (10.0.0.1 executor 3): java.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.java:1)",
                    new OutOfMemoryError("Java heap space"))))
        .hasValueSatisfying(said -> assertThat(said).contains("spark.executor.memory"));
    assertThat(
            Shortage.of(
                new SparkException(
                    FAILED
                        + "Lost task 1.3 in stage 6.0 (TID 6) (10.0.0.1 executor 3): ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Command exited with code 52")))
        .hasValueSatisfying(said -> assertThat(said).contains("spark.executor.memory"));
  }

  @Test
  void threadsThatMayNotBeStartedNameTheirLimits() {
    assertThat(
            Shortage.of(
                new IllegalStateException(
                    new OutOfMemoryError(
                        "unable to create native thread: possibly out of memory or process/resource limits reached"))))
        .hasValueSatisfying(said -> assertThat(said).contains("ulimit -u", "pids"));
  }

  @Test
  void aFullDiskNamesWhatIsKnownOfIt() {
    final IOException named =
        AtomicFile.naming(Path.of("/out/a.tar"), new IOException("No space left on device"));
    assertThat(
            Shortage.of(
                new SparkException(
                    FAILED + "Lost task 1.0 in stage 6.0: java.io.IOException: full\n\tat a.B",
                    named)))
        .hasValueSatisfying(
            said -> assertThat(said).contains("/out/a.tar: No space left on device)"));
    assertThat(Shortage.of(new IllegalStateException(new IOException("No space left on device"))))
        .hasValueSatisfying(said -> assertThat(said).startsWith("a disk is full"));
    assertThat(
            Shortage.of(
                new SparkException(
                    FAILED
                        + "Lost task 11.0 in stage 108.0: org.apache.spark.SparkException: [TASK_WRITE_FAILED] Task failed while writing rows to file:/lake/adapters.\n\tat a.B",
                    new IOException("No space left on device"))))
        .hasValueSatisfying(
            said -> assertThat(said).contains("left on device, in file:/lake/adapters)"));
    assertThat(
            Shortage.of(
                new UnsatisfiedLinkError("no onnxruntime in java.library.path: /usr/lib:/lib")))
        .hasValueSatisfying(
            said -> assertThat(said).startsWith("a disk is full").contains("-Djava.io.tmpdir"));
  }

  @Test
  void otherFailuresAreNone() {
    assertThat(Shortage.of(new IllegalStateException("Java heap space"))).isEmpty();
    assertThat(Shortage.of(new OutOfMemoryError("Requested array size exceeds VM limit")))
        .isEmpty();
    assertThat(
            Shortage.of(
                new SparkException(
                    FAILED
                        + "Lost task 1.3 in stage 6.0 (TID 52) (10.0.0.1 executor 3): ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Command exited with code 137")))
        .isEmpty();
  }

  @Test
  void aLimitOfFilesIsNoFullDisk() {
    assertThat(
            Shortage.of(
                new SparkException(
                    FAILED
                        + "Lost task 0.3 in stage 6.0 (TID 9): java.io.IOException: File too large\n\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)",
                    new IOException("File too large"))))
        .contains(
            "a file would be larger than its disk or 'ulimit -f' allows (java.io.IOException: File too large)");
    assertThat(
            Shortage.of(
                AtomicFile.naming(Path.of("/out/a.tar"), new IOException("File too large"))))
        .hasValueSatisfying(said -> assertThat(said).contains("/out/a.tar: File too large)"));
  }
}
