package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.tests.index.LoralakeProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings of Spark that do not do, in processes of their own. */
class SparkSettingsTest {
  private static final long LINE = 600L << 20;

  @TempDir private Path root;

  @Test
  void whatGivesATaskMoreHeapIsNamed() throws IOException, InterruptedException {
    final Path prompts = root.resolve("prompts.jsonl");
    try (RandomAccessFile file = new RandomAccessFile(prompts.toFile(), "rw")) {
      file.setLength(LINE); // one line, which takes no space on the disk
    }
    final LoralakeProcess run =
        LoralakeProcess.start(
            root.resolve("log"),
            List.of("-Xmx500m"),
            List.of(
                "search",
                "--catalog",
                root.resolve("catalog").toString(),
                "--prompts",
                prompts.toString()));
    assertThat(run.exitCode(Duration.ofMinutes(3))).as(run.output()).isEqualTo(1);
    assertThat(run.output())
        .contains("search: the Java heap of ", " MB is too small for this", "LORALAKE_JAVA_OPTS")
        .doesNotContain("\tat ");
  }

  @Test
  void anUnknownMasterIsNamed() throws IOException, InterruptedException {
    final LoralakeProcess run =
        LoralakeProcess.start(
            root.resolve("log"),
            List.of("-Xmx500m"),
            List.of(
                "search",
                "--catalog",
                root.resolve("catalog").toString(),
                "--master",
                "loca[2]",
                "x"));
    assertThat(run.exitCode(Duration.ofMinutes(3))).as(run.output()).isEqualTo(1);
    assertThat(run.output())
        .contains("search: --master is loca[2], allowed are local, local[N], ")
        .doesNotContain("\tat ");
  }
}
