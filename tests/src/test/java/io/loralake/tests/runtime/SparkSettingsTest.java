package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.Main;
import io.loralake.tests.index.LoralakeProcess;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings of Spark that do not do, in processes of their own. */
class SparkSettingsTest {
  private static final long LINE = 300L << 20;

  @TempDir private Path root;

  @Test
  void whatGivesATaskMoreHeapIsNamed() throws IOException, InterruptedException {
    final Path prompts = root.resolve("prompts.jsonl");
    try (RandomAccessFile file = new RandomAccessFile(prompts.toFile(), "rw")) {
      file.setLength(LINE); // one line, which takes no space on the disk
    }
    assertThat(failedSearch(List.of(), "--prompts", prompts.toString()))
        .contains("search: the Java heap of ", " MB is too small for this", "LORALAKE_JAVA_OPTS")
        .doesNotContain("\tat ");
  }

  /** Given to the command, or to spark-submit, which sets the property. */
  @Test
  void anUnknownMasterIsNamed() throws IOException, InterruptedException {
    for (final String output :
        List.of(
            failedSearch(List.of(), "--master", "loca[2]", "x"),
            failedSearch(List.of("-Dspark.master=loca[2]"), "x"))) {
      assertThat(output)
          .contains("search: --master is loca[2], allowed are local, local[N], ")
          .doesNotContain("\tat ");
    }
  }

  /** With them rows would come with Instants. */
  @Test
  void theDatesOfJava8AreNoneOfOurs() throws IOException {
    final Path files = Files.createDirectory(root.resolve("files"));
    final String[] index = {
      "index",
      "--source",
      files.toString(),
      "--catalog",
      root.resolve("c").toString(),
      "--model",
      "lab",
      "--conf",
      "spark.sql.datetime.java8API.enabled=true"
    };
    SharedSpark.session();
    for (final String name : List.of("03248a_000828", "03bbe57eb7018ca9")) {
      final String file = name + ".safetensors"; // the second run reads the rows of the first
      Files.copy(Path.of("lab/zoo", file), files.resolve(file));
      assertThat(Main.run(index)).isZero();
    }
  }

  /** Of a cluster on which other jobs have other tables, and old ones. */
  @Test
  void defaultsOfOtherJobsDoNotStandInTheWay() throws IOException, InterruptedException {
    final Path files = Files.createDirectory(root.resolve("files"));
    final String catalog = root.resolve("catalog").toString();
    for (final String name : List.of("03248a_000828", "03bbe57eb7018ca9")) {
      Files.copy(Path.of("lab/zoo", name + ".safetensors"), files.resolve(name + ".safetensors"));
    }
    final List<String> others =
        List.of(
            "-Dspark.sql.extensions=org.example.OtherExtensions",
            "-Dspark.sql.defaultCatalog=other",
            "-Dspark.sql.catalog.other=org.example.OtherCatalog",
            "-Dspark.sql.retainGroupColumns=false",
            "-Dspark.delta.logStore.class=org.apache.spark.sql.delta.storage.HDFSLogStore",
            "-Dspark.databricks.delta.properties.defaults.appendOnly=true",
            "-Dspark.sql.files.ignoreMissingFiles=true");
    final String index =
        "index --model lab --probes lab/base/probes.safetensors --source "
            + files
            + " --catalog "
            + catalog;
    final String embed = "train-alignment --use lab/encoder --catalog " + catalog;
    for (final String verb : List.of(index, embed)) {
      final LoralakeProcess run =
          LoralakeProcess.start(root.resolve("log"), others, List.of(verb.split(" ")));
      assertThat(run.exitCode(Duration.ofMinutes(3))).as(run.output()).isZero();
    }
    try (Stream<Path> written = Files.list(root.resolve("catalog/embeddings"))) {
      for (final Path file : written.filter(it -> it.toString().endsWith(".parquet")).toList()) {
        Files.delete(file);
      }
    }
    assertThat(failedSearch(others, "x")).contains(".parquet is not there for a task");
  }

  /** What a search prints that ends with 1. */
  private String failedSearch(final List<String> properties, final String... more)
      throws IOException, InterruptedException {
    final List<String> jvmOptions = new ArrayList<>(List.of("-Xmx500m"));
    jvmOptions.addAll(properties);
    final List<String> arguments =
        new ArrayList<>(List.of("search", "--catalog", root.resolve("catalog").toString()));
    arguments.addAll(List.of(more));
    final LoralakeProcess run = LoralakeProcess.start(root.resolve("log"), jvmOptions, arguments);
    assertThat(run.exitCode(Duration.ofMinutes(3))).as(run.output()).isEqualTo(1);
    return run.output();
  }
}
