package io.loralake.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkException;
import org.apache.spark.sql.errors.QueryExecutionErrors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SurroundingsTest {
  private static final String REFUSED =
      "/tmp/a b/libx.so: /tmp/a b/libx.so: failed to map segment from shared object";

  @Test
  void aDiskWithoutExecutionNamesItsSettings() {
    assertThat(Surroundings.of(new UnsatisfiedLinkError(REFUSED)))
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
    assertThat(Surroundings.of(new IllegalStateException(first))).isPresent();
    assertThat(
            Surroundings.of(
                new SparkException(
                    "Lost task 0.3 in stage 6.0 (TID 6) (10.0.0.1 executor 3): "
                        + "java.lang.UnsatisfiedLinkError: "
                        + REFUSED
                        + "\n\tat a.B.c(B.java:1)")))
        .isPresent();
  }

  @Test
  void aFolderForTemporaryFilesThatIsNotThereIsTold() {
    final String before = System.getProperty("java.io.tmpdir");
    final NoSuchFileException failure = new NoSuchFileException("/not there/pt-model1");
    assertThat(Surroundings.of(failure)).isEmpty();
    System.setProperty("java.io.tmpdir", "/not there");
    try {
      assertThat(Surroundings.of(new ExceptionInInitializerError(failure)))
          .hasValueSatisfying(
              said ->
                  assertThat(said)
                      .contains("cannot be written to /not there:", "-Djava.io.tmpdir=DIR"));
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  @Test
  void aFolderThatDjlCannotWriteNamesItsSetting() {
    assertThat(
            Surroundings.of(
                new EngineException(
                    "Failed to extract PyTorch native library",
                    new IOException("No space left on device"))))
        .hasValueSatisfying(
            said -> assertThat(said).contains("DJL_CACHE_DIR", "No space left on device"));
  }

  /** Such as another user's folder below /tmp, where nobody has a home. */
  @Test
  void soDoesOneThatTheTokenizersCannotWrite() {
    final String told = "Failed to load Huggingface native library.";
    final EngineException unpacking = new EngineException("Unexpected flavor: cpu");
    assertThat(Surroundings.of(new EngineException(told, unpacking)))
        .hasValueSatisfying(said -> assertThat(said).contains("tokenizers", "DJL_CACHE_DIR"));
    assertThat(Surroundings.of(new EngineException(told, new UnsatisfiedLinkError(REFUSED))))
        .hasValueSatisfying(said -> assertThat(said).contains("-Djava.io.tmpdir"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"12:30/out", "run:1/out"})
  void aColonThatStartsNoSchemeIsTold(final String path) {
    assertThatThrownBy(() -> new Path(path))
        .satisfies(
            thrown ->
                assertThat(Surroundings.of(thrown))
                    .hasValueSatisfying(
                        said ->
                            assertThat(said)
                                .contains("'" + path + "'", "first colon", "slash at the begin")));
  }

  /** Not with the name of Hadoop's checksums, which nobody has given. */
  @ParameterizedTest
  @ValueSource(strings = {"12:30.txt", "run:1.jsonl"})
  void aFileWhoseNameHasAColonIsTold(final String name, @TempDir final java.nio.file.Path folder)
      throws IOException {
    final String file = Files.writeString(folder.resolve(name), "an owl").toUri().getPath();
    final FileSystem disk = FileSystem.getLocal(new Configuration());
    assertThatThrownBy(() -> disk.open(new Path(file)))
        .satisfies(
            thrown ->
                assertThat(Surroundings.of(thrown))
                    .hasValueSatisfying(
                        said -> assertThat(said).contains("'" + name + "'", "rename it")));
  }

  @Test
  void aUserWithoutANameIsTold() {
    assertThat(
            Surroundings.of(
                new IOException(
                    "failure to login: javax.security.auth.login.LoginException: "
                        + "java.lang.NullPointerException: invalid null input: name")))
        .hasValueSatisfying(said -> assertThat(said).contains("/etc/passwd"));
  }

  @Test
  void aFileOfTheDriversAloneIsTold() {
    assertThat(
            Surroundings.of(
                new FileNotFoundException(
                    "File file:/a b/truth.jsonl does not exist\nIt is possible the underlying files"
                        + " have been updated. You can explicitly invalidate the cache in Spark")))
        .hasValueSatisfying(
            said ->
                assertThat(said)
                    .startsWith("file:/a b/truth.jsonl is not there")
                    .contains("driver's machine alone"));
  }

  @Test
  void aCatalogThatIsRemovedUnderARunIsTold() {
    assertThat(
            Surroundings.of(
                new IllegalStateException(
                    "[DELTA_MISSING_DELTA_TABLE] `file:/c d/adapters` is not a Delta table.")))
        .hasValueSatisfying(
            said ->
                assertThat(said)
                    .startsWith("the catalog's table file:/c d/adapters is not there")
                    .contains("bring it back and run the same command again"));
  }

  @Test
  void soIsAFolderThatAnExecutorLacks() {
    final String failed =
        "Lost task 0.3 in stage 6.0 (TID 6) (10.0.0.1 executor %s): "
            + "java.io.UncheckedIOException: The base model in /b cannot be read\n\tat a.B.c(B:1)\n"
            + "Caused by: java.nio.file.NoSuchFileException: /b\n\tat a.B.c(B:1)";
    assertThat(Surroundings.of(new SparkException(failed.formatted("3"))))
        .hasValueSatisfying(said -> assertThat(said).startsWith("/b is not there for a task"));
    assertThat(Surroundings.of(new SparkException(failed.formatted("driver")))).isEmpty();
  }

  /** Spark advises to refresh the table, for which there is no verb. */
  @Test
  void soIsAFileThatVacuumDeletesUnderAReader() {
    final IOException gone =
        QueryExecutionErrors.readCurrentFileNotFoundError(
            new FileNotFoundException("File file:/c/embeddings/a.parquet does not exist"));
    assertThat(Surroundings.of(new SparkException("Job aborted: " + gone.getMessage(), gone)))
        .hasValueSatisfying(
            said ->
                assertThat(said)
                    .startsWith("file:/c/embeddings/a.parquet is not there for a task")
                    .contains("VACUUM")
                    .doesNotContain("REFRESH", "Exception"));
  }

  /** Spark's first words on it are in its log, not in what it throws. */
  @Test
  void aMasterThatIsGoneIsTold() {
    assertThat(Surroundings.of(new IllegalStateException("LiveListenerBus is stopped.")))
        .hasValueSatisfying(said -> assertThat(said).contains("its master does not answer"));
  }

  @Test
  void aKryoThatKnowsRegisteredClassesAloneNamesItsSetting() {
    assertThat(
            Surroundings.of(
                new IllegalArgumentException(
                    "Class is not registered: org.apache.spark.sql.execution.columnar.Batch\n"
                        + "Note: To register this class use: kryo.register(Batch.class);")))
        .hasValueSatisfying(
            said ->
                assertThat(said)
                    .contains("columnar.Batch is none", "spark.kryo.registrationRequired=false"));
  }

  @Test
  void otherFailuresAreNone() {
    assertThat(Surroundings.of(new UnsatisfiedLinkError("no jnotify in java.library.path")))
        .isEmpty();
    assertThat(
            Surroundings.of(
                new UnsatisfiedLinkError(
                    "/a/b.so: libgomp.so.1: cannot open shared object file: No such file")))
        .isEmpty();
  }
}
