package io.loralake.tests.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.tests.index.LoralakeProcess;
import io.loralake.tests.lab.LabZoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors in JVMs of their own, one of which dies in the middle of a training. */
class LostExecutorTest {
  private static final Duration LONG = Duration.ofMinutes(15);

  @TempDir private Path root;

  @Test
  void aLostExecutorChangesNothing() throws IOException, InterruptedException {
    Files.write(root.resolve("captions.jsonl"), new SyntheticZoo("lab").write(root.resolve("zoo")));
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    final LoralakeProcess index =
        LoralakeProcess.start(
            root.resolve("index.log"),
            List.of("-Xmx1g"),
            List.of(
                "index",
                "--source",
                root.resolve("zoo").toString(),
                "--catalog",
                root.resolve("catalog").toString(),
                "--model",
                "lab",
                "--probes",
                LabZoo.PROBES));
    assertThat(index.exitCode(LONG)).as(index.output()).isZero();

    final LoralakeProcess quiet = train("quiet", "local[2]", List.of());
    assertThat(quiet.exitCode(LONG)).as(quiet.output()).isZero();

    final LoralakeProcess disturbed =
        train(
            "disturbed",
            "local-cluster[2,1,1024]",
            List.of(
                "--conf",
                "spark.executor.memory=1g",
                "--conf",
                "spark.executor.extraClassPath=" + System.getProperty("java.class.path")));
    disturbed.awaitOutput("step 10/60", LONG);
    final List<ProcessHandle> executors =
        disturbed
            .descendants()
            .filter(it -> it.info().command().orElse("").endsWith("java"))
            .toList();
    assertThat(executors).as(disturbed.output()).hasSize(2);
    executors.get(0).destroyForcibly();
    assertThat(disturbed.exitCode(LONG)).as(disturbed.output()).isZero();
    assertThat(disturbed.output()).contains("step 60/60");

    final List<JsonNode> expected = curve("quiet");
    final List<JsonNode> actual = curve("disturbed");
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      final double loss = expected.get(i).get("loss").asDouble();
      assertThat(Math.abs(actual.get(i).get("loss").asDouble() - loss)).isLessThan(1e-4 * loss);
    }
  }

  private LoralakeProcess train(final String name, final String master, final List<String> more)
      throws IOException {
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "train-alignment",
                "--catalog",
                root.resolve("catalog").toString(),
                "--captions",
                root.resolve("captions.jsonl").toString(),
                "--head",
                "contrastive",
                "--shards",
                "4",
                "--folds",
                "0",
                "--batch",
                "32",
                "--steps",
                "60",
                "--evaluate-every",
                "5",
                "--work",
                root.resolve(name).toString(),
                "--master",
                master));
    arguments.addAll(more);
    return LoralakeProcess.start(root.resolve(name + ".log"), List.of("-Xmx1g"), arguments);
  }

  private List<JsonNode> curve(final String name) throws IOException {
    final List<JsonNode> points = new ArrayList<>();
    for (final String line : Files.readAllLines(root.resolve(name).resolve("curve.jsonl"))) {
      points.add(new ObjectMapper().readTree(line));
    }
    return points;
  }
}
