package io.loralake.tests.notebooks;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.Main;
import io.loralake.tests.Python;
import io.loralake.tests.index.LoralakeProcess;
import io.loralake.tests.index.Repository;
import io.loralake.tests.index.SharedSpark;
import io.loralake.tests.lab.LabZoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The notebooks run on a small lake of quickstart's kind, where Python has what they import. */
class NotebooksTest {
  private static final Path ROOT = Repository.ROOT.toAbsolutePath().normalize();
  private static final Path LAB = ROOT.resolve("tests/lab");
  private static final int ADAPTERS = 40;
  private static final int PICTURES = 7;

  @TempDir private static Path root;

  @BeforeAll
  static void makeLake() throws IOException, InterruptedException {
    Python.require("deltalake, ipykernel, matplotlib, nbclient, pandas, PIL, pyarrow");
    SharedSpark.session();
    final Path adapters = Files.createDirectories(root.resolve("adapters"));
    for (final Path file : Repository.adapters(LAB.resolve("zoo")).subList(0, ADAPTERS)) {
      Files.copy(file, adapters.resolve(file.getFileName()));
    }
    final String catalog = root.resolve("catalog").toString();
    run(
        "index --model lab --catalog %s --probes %s --source %s --source %s",
        catalog, LabZoo.PROBES, adapters, LAB.resolve("zoo-bad"));
    run("train-alignment --catalog %s --use %s", catalog, LAB.resolve("encoder"));
    final Path prompts = root.resolve("prompts.txt");
    Files.write(prompts, Files.readAllLines(LAB.resolve("prompts.txt")).subList(0, PICTURES));
    run(
        "generate --catalog %s --prompts %s --base %s --gates %s --k 2 --out %s",
        catalog, prompts, LAB.resolve("base"), LAB.resolve("gates/full"), root.resolve("pictures"));
  }

  private static void run(final String line, final Object... values) {
    assertThat(Main.run(line.formatted(values).split(" "))).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"catalog", "alignment", "generation"})
  void everyCellRuns(final String name) throws IOException, InterruptedException {
    final String outputs =
        Python.run(
            ROOT.resolve("tests/src/test/python/run_notebook.py"),
            ROOT.resolve("notebooks").resolve(name + ".ipynb"),
            root,
            command());
    assertThat(Integer.parseInt(outputs.strip())).isGreaterThan(5);
  }

  /** {@code loralake} as these tests were started. */
  private static Path command() throws IOException {
    final Path command = root.resolve("loralake");
    Files.writeString(
        command,
        LoralakeProcess.command(List.of("-Xmx2g")).stream()
            .collect(joining("' '", "#!/bin/sh\nexec '", "' \"$@\"\n")));
    return Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr--r--"));
  }
}
