package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors in JVMs of their own make the tables that threads of one JVM make. */
class ExecutorProcessesTest {
  @TempDir private Path root;

  @Test
  void aClusterMakesTheSameTables() throws IOException, InterruptedException {
    final Lake lake = new Lake(root);
    lake.addAll(Repository.adapters(Repository.GOOD).subList(0, 16));
    lake.addAll(Repository.adapters(Repository.BAD).subList(0, 16));
    lake.write("README.md", "---\nlicense: mit\n---\n");
    lake.index();
    final Path catalog = root.resolve("cluster");
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "index",
                "--source",
                lake.source().toString(),
                "--catalog",
                catalog.toString(),
                "--model",
                Repository.TINY_MODEL.toString()));
    arguments.addAll(LocalCluster.options(2, 1));

    final LoralakeProcess cluster =
        LoralakeProcess.start(root.resolve("cluster.log"), List.of("-Xmx1g"), arguments);

    assertThat(cluster.exitCode(Duration.ofSeconds(240))).as(cluster.output()).isZero();
    assertThat(new CatalogTables(catalog.toString()).contents())
        .isEqualTo(lake.tables().contents());
  }
}
