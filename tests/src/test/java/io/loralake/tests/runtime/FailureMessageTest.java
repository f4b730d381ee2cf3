package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.Main;
import io.loralake.tests.index.LoralakeProcess;
import io.loralake.tests.index.SharedSpark;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailureMessageTest {
  @TempDir private Path folder;

  @Test
  void aFileInTheCatalogsPlaceIsNamedWithoutAStack() throws IOException {
    final String file = Files.createFile(folder.resolve("catalog.txt")).toString();
    assertThat(refused("index", "--source", folder.toString(), "--catalog", file, "--model", "lab"))
        .contains(file, "cannot be made: a file is in the place of one above it")
        .doesNotContain("\tat ");
  }

  @Test
  void whatAPropertyOrAConstraintOfATableRefusesIsTold() throws IOException {
    final SparkSession spark = SharedSpark.session();
    final Path zoo = Files.createDirectory(folder.resolve("zoo"));
    final Path bad = Files.writeString(zoo.resolve("bad.safetensors"), "no tensors");
    final String catalog = folder.resolve("catalog").toString();
    final String[] index = {"index", "--source", zoo.toString(), "--catalog", catalog};
    assertThat(Main.run(index)).isZero();
    final String quarantine = "ALTER TABLE delta.`" + catalog + "/quarantine` ";
    spark.sql(quarantine + "ADD CONSTRAINT kept CHECK (gone_at IS NULL)");
    Files.move(bad, zoo.resolve("bad.txt"));
    assertThat(refused(index)).contains("CHECK constraint kept").doesNotContain("\tat ");
    spark.sql(quarantine + "DROP CONSTRAINT kept");
    spark.sql(quarantine + "SET TBLPROPERTIES ('delta.appendOnly' = 'true')");
    assertThat(refused(index))
        .contains("takes appends alone", "'delta.appendOnly' = 'false'")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"commitInfo\":{\"operation\":\"MER", "{\"add\":{\"path\":7", "?\n"})
  void aLogThatIsCutShortIsNamedWithoutAStack(final String left) throws IOException {
    final Path zoo = Files.createDirectory(folder.resolve("zoo"));
    Files.writeString(zoo.resolve("bad.safetensors"), "no tensors");
    final Path catalog = folder.resolve("catalog");
    final String[] index = {"index", "--source", zoo.toString(), "--catalog", catalog.toString()};
    assertThat(Main.run(index)).isZero();
    final Path moved = folder.resolve("moved"); // Delta keeps in memory what it has read
    final Path log = Files.move(catalog, moved).resolve("quarantine/_delta_log");
    final Path torn = Files.writeString(log.resolve("00000000000000000001.json"), left);
    Files.deleteIfExists(log.resolve(".00000000000000000001.json.crc"));
    index[4] = moved.toString();

    assertThat(refused(index)).contains("of a table's log is cut short").doesNotContain("\tat ");
    Files.delete(torn);
    assertThat(Main.run(index)).as("as it is told to do").isZero();
  }

  @Test
  void aFileOfATableThatIsCutShortIsNamedWithoutAStack() throws IOException {
    final Path zoo = Files.createDirectory(folder.resolve("zoo"));
    Files.writeString(zoo.resolve("bad.safetensors"), "no tensors");
    final String catalog = folder.resolve("catalog").toString();
    final String[] index = {"index", "--source", zoo.toString(), "--catalog", catalog};
    assertThat(Main.run(index)).isZero();
    final URI file =
        URI.create(
            SharedSpark.session()
                .read()
                .format("delta")
                .load(catalog + "/quarantine")
                .inputFiles()[0]);
    final Path parquet = Path.of(file);
    Files.write(parquet, Arrays.copyOf(Files.readAllBytes(parquet), 100));
    Files.deleteIfExists(parquet.resolveSibling("." + parquet.getFileName() + ".crc"));

    assertThat(refused(index))
        .contains(parquet.getFileName() + " is cut short or otherwise broken: bring it back")
        .doesNotContain("\tat ");
  }

  @Test
  void aColumnThatAUserHasRenamedIsNamedWithoutAPlan() throws IOException {
    final Path zoo = Files.createDirectory(folder.resolve("zoo"));
    final String file = "03248a_000828.safetensors";
    Files.copy(Path.of("lab/zoo", file), zoo.resolve(file));
    final String catalog = folder.resolve("catalog").toString();
    final String probes = "lab/base/probes.safetensors";
    final String index = "index --model lab --probes %s --source %s --catalog %s";
    assertThat(Main.run(index.formatted(probes, zoo, catalog).split(" "))).isZero();
    final String embed = "train-alignment --use lab/encoder --catalog " + catalog;
    assertThat(Main.run(embed.split(" "))).isZero();
    final String adapters = "ALTER TABLE delta.`" + catalog + "/adapters` ";
    final SparkSession spark = SharedSpark.session();
    spark.sql(adapters + "SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')");
    spark.sql(adapters + "RENAME COLUMN licence TO license");

    final String[] search = {
      "search", "--catalog", catalog, "--filter", "licence=commercial", "heart"
    };
    assertThat(refused(search))
        .contains("no column licence", "RENAME COLUMN")
        .doesNotContain("Relation [", "\tat ");
  }

  /** What a verb that fails tells. */
  private static String refused(final String... verb) {
    final ByteArrayOutputStream err = new ByteArrayOutputStream();
    final PrintStream console = System.err;
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      assertThat(Main.run(verb)).isEqualTo(1);
    } finally {
      System.setErr(console);
    }
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  @Timeout(120)
  void aVerbThatIsStoppedSaysSo() throws IOException, InterruptedException {
    final Path shard = Files.createDirectory(folder.resolve("pictures")).resolve("pipe.tar.gz");
    new ProcessBuilder("mkfifo", shard.toString()).start().waitFor();
    final Path file = folder.resolve("classifier.safetensors");
    final LoralakeProcess training =
        LoralakeProcess.start(
            folder.resolve("log.txt"),
            List.of(),
            List.of(
                "lab",
                "train-classifier",
                "--out=" + file,
                "--pictures=" + shard.getParent(),
                "--work=" + folder.resolve("work")));
    try (OutputStream read = Files.newOutputStream(shard)) { // once the verb reads
      training.terminate();
      assertThat(training.exitCode(Duration.ofSeconds(30))).isEqualTo(143);
    }
    assertThat(training.output()).endsWith("train-classifier: stopped before it was done\n");
  }
}
