package io.loralake.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

class NativeFolderTest {
  private static final String REFUSED =
      "/tmp/a b/libx.so: /tmp/a b/libx.so: failed to map segment from shared object";

  @Test
  void aDiskWithoutExecutionNamesItsSettings() {
    assertThat(NativeFolder.of(new UnsatisfiedLinkError(REFUSED)))
        .hasValueSatisfying(
            said ->
                assertThat(said)
                    .contains("loaded from /tmp/a b (", "-Djava.io.tmpdir", "DJL_CACHE_DIR"));
  }

  /**
   * A class that failed once says so ever after; its cause is told with the first thread's name.
   */
  @Test
  void soDoesItWhereItIsTheCauseOfAnother() {
    final Error first =
        new NoClassDefFoundError("Could not initialize class org.xerial.snappy.Snappy");
    first.initCause(
        new ExceptionInInitializerError(
            "Exception java.lang.UnsatisfiedLinkError: " + REFUSED + " [in thread \"main\"]"));
    assertThat(NativeFolder.of(new IllegalStateException(first))).isPresent();
    assertThat(
            NativeFolder.of(
                new SparkException(
                    "Lost task 0.3 in stage 6.0 (TID 6) (10.0.0.1 executor 3): "
                        + "java.lang.UnsatisfiedLinkError: "
                        + REFUSED
                        + "\n\tat a.B.c(B.java:1)")))
        .isPresent();
  }

  @Test
  void otherFailuresAreNone() {
    assertThat(NativeFolder.of(new UnsatisfiedLinkError("no jnotify in java.library.path")))
        .isEmpty();
    assertThat(
            NativeFolder.of(
                new UnsatisfiedLinkError(
                    "/a/b.so: libgomp.so.1: cannot open shared object file: No such file")))
        .isEmpty();
  }
}
