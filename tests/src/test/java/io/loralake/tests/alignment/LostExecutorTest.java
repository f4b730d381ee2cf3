package io.loralake.tests.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.tests.index.LocalCluster;
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

    final LoralakeProcess quiet = train("quiet", List.of("--master", "local[2]"));
    assertThat(quiet.exitCode(LONG)).as(quiet.output()).isZero();

    final LoralakeProcess disturbed = train("disturbed", LocalCluster.options(2, 1));
    disturbed.awaitOutput("step 10/40", LONG);
    final List<ProcessHandle> executors = disturbed.executors();
    assertThat(executors).as(disturbed.output()).hasSize(2);
    executors.get(0).destroyForcibly();
    assertThat(disturbed.exitCode(LONG)).as(disturbed.output()).isZero();
    assertThat(disturbed.output()).contains("step 40/40");

    final List<JsonNode> expected = curve("quiet");
    final List<JsonNode> actual = curve("disturbed");
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      final double loss = expected.get(i).get("loss").asDouble();
      assertThat(Math.abs(actual.get(i).get("loss").asDouble() - loss)).isLessThan(1e-4 * loss);
    }
  }

  private LoralakeProcess train(final String name, final List<String> more) throws IOException {
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
                "40",
                "--evaluate-every",
                "5",
                "--work",
                root.resolve(name).toString()));
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
