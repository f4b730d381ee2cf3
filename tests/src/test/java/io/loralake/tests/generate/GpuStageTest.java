package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.tests.index.LocalCluster;
import io.loralake.tests.index.LoralakeProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors that claim a GPU which is not there: how far the job comes says which GPU its tasks got
 * from Spark. SQL stages, which share the GPU, run on the CPU all the same.
 */
class GpuStageTest {
  @TempDir private Path root;

  @Test
  void paintingStagesGetTheGpuOfTheirExecutor() throws IOException, InterruptedException {
    final PictureLake lake = new PictureLake(root).index(2);
    final Path script = root.resolve("gpus.sh");
    Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"5\"]}'\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    final List<String> arguments = new ArrayList<>(List.of("generate"));
    arguments.addAll(lake.arguments(lake.prompts("prompts.jsonl", 2, 2), "gpu"));
    arguments.addAll(
        LocalCluster.options(
            "local-cluster[1,2,1024]",
            1,
            "spark.executor.cores=2",
            "spark.worker.resource.gpu.amount=1",
            "spark.worker.resource.gpu.discoveryScript=" + script,
            "spark.executor.resource.gpu.amount=1",
            "spark.task.resource.gpu.amount=0.5",
            "spark.task.maxFailures=1"));
    final LoralakeProcess run =
        LoralakeProcess.start(root.resolve("log"), List.of("-Xmx1g"), arguments);
    assertThat(run.exitCode(Duration.ofMinutes(4))).isEqualTo(1);
    assertThat(run.output())
        .contains("Find adapters for 2 prompts", "Paint 2 pictures")
        .contains("There is no cuda:5 here");
  }
}
