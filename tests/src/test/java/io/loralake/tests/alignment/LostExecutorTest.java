package io.loralake.tests.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.jobs.alignment.TrainAlignmentVerb;
import io.loralake.tests.VerbRun;
import io.loralake.tests.index.LocalCluster;
import io.loralake.tests.index.LoralakeProcess;
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
    assertThat(SyntheticZoo.index(root.resolve("zoo"), catalog()).complete()).isTrue();

    final VerbRun quiet = VerbRun.of(new TrainAlignmentVerb(), arguments("quiet"));
    assertThat(quiet.code()).as(quiet.out()).isZero();

    final List<String> arguments = arguments("disturbed");
    arguments.add(0, "train-alignment");
    arguments.addAll(LocalCluster.options(2, 1));
    final LoralakeProcess disturbed =
        LoralakeProcess.start(root.resolve("disturbed.log"), List.of("-Xmx1g"), arguments);
    disturbed.awaitOutput("step 8/24", LONG);
    final List<ProcessHandle> executors = disturbed.executors();
    assertThat(executors).as(disturbed.output()).hasSize(2);
    executors.get(0).destroyForcibly();
    assertThat(disturbed.exitCode(LONG)).as(disturbed.output()).isZero();
    assertThat(disturbed.output()).contains("step 24/24");

    final List<JsonNode> expected = curve("quiet");
    final List<JsonNode> actual = curve("disturbed");
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      final double loss = expected.get(i).get("loss").asDouble();
      assertThat(Math.abs(actual.get(i).get("loss").asDouble() - loss)).isLessThan(1e-4 * loss);
    }
  }

  private String catalog() {
    return root.resolve("catalog").toString();
  }

  private List<String> arguments(final String name) {
    return new ArrayList<>(
        List.of(
            "--catalog",
            catalog(),
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
            "24",
            "--evaluate-every",
            "8",
            "--work",
            root.resolve(name).toString()));
  }

  private List<JsonNode> curve(final String name) throws IOException {
    final List<JsonNode> points = new ArrayList<>();
    for (final String line : Files.readAllLines(root.resolve(name).resolve("curve.jsonl"))) {
      points.add(new ObjectMapper().readTree(line));
    }
    return points;
  }
}
