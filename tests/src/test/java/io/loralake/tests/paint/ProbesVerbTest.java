package io.loralake.tests.paint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.encoder.ProbeSet;
import io.loralake.jobs.probes.ProbesVerb;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ProbesVerbTest {
  @TempDir private Path folder;

  @Test
  void recordsAMeanForEveryBlockLayer() throws IOException {
    final Path base = Files.createDirectory(folder.resolve("base"));
    TinyBase.writeFiles(base);
    final Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a cat\n\na dog\n");
    final Path out = folder.resolve("probes.safetensors");
    assertThat(record(base, prompts, out)).isZero();

    final LayerTable table =
        LayerTable.of(FluxConfig.load(base.resolve("flux1-dev.json").toString()));
    final ProbeSet probes = ProbeSet.load(out, table);
    assertThat(probes.probes()).isEqualTo(1);
    assertThat(probes.layers()).isEqualTo(table.blockLayers());
    for (final float[] mean : probes.vectors()) {
      assertThat(mean).doesNotContain(Float.NaN);
      assertThat(mean).isNotEqualTo(new float[mean.length]);
    }
    try (SafetensorsFile file = SafetensorsFile.open(out)) {
      assertThat(file.header().metadata())
          .containsEntry("prompts", "[\"a cat\",\"a dog\"]")
          .containsEntry("steps", "3")
          .containsEntry("seed", "4")
          .containsEntry("size", "32x32");
    }

    final Path again = folder.resolve("again.safetensors");
    assertThat(record(base, prompts, again)).isZero();
    assertThat(again).hasSameBinaryContentAs(out);
  }

  @Test
  void aPlaceThatCannotBeWrittenToIsRefusedBeforeAnythingIsPainted() throws IOException {
    final Path base = Files.createDirectory(folder.resolve("base"));
    TinyBase.writeFiles(base);
    final Path noFolder = Files.createFile(folder.resolve("file"));

    assertThat(run("--base", base, "--out", noFolder.resolve("probes.safetensors")))
        .isEqualTo(CommandLine.ExitCode.USAGE);
  }

  @Test
  void hasPromptsOfItsOwn() throws IOException {
    final Path base = Files.createDirectory(folder.resolve("base"));
    TinyBase.writeFiles(base);
    final Path out = folder.resolve("probes.safetensors");
    assertThat(run("--base", base, "--out", out, "--size", "16x16", "--steps", "1")).isZero();
    try (SafetensorsFile file = SafetensorsFile.open(out)) {
      final String prompts = file.header().metadata().get("prompts");
      assertThat(new ObjectMapper().readTree(prompts)).hasSize(16).doesNotHaveDuplicates();
    }
  }

  private static int record(final Path base, final Path prompts, final Path out) {
    return run(
        "--base",
        base,
        "--prompts",
        prompts,
        "--out",
        out,
        "--size",
        "32x32",
        "--steps",
        "3",
        "--seed",
        "4");
  }

  private static int run(final Object... options) {
    final CommandLine line = new CommandLine(new ProbesVerb());
    line.setOut(new PrintWriter(new StringWriter()));
    line.setErr(new PrintWriter(new StringWriter()));
    return line.execute(Stream.of(options).map(Object::toString).toArray(String[]::new));
  }
}
