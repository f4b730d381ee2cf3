package io.loralake.jobs.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class InspectVerbTest {
  private static final Path ZOO = Path.of("../tests/lab/zoo");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void aWrongModelIsNamedWithItsOptionAndWhatIsAllowed() {
    assertThat(inspect("pom.xml", "--model", "sd15")).isEqualTo(2);
    assertThat(err.toString()).contains("--model", "sd15", "flux-dev, flux-schnell, lab");
  }

  @Test
  void aFolderIsNoFileToWrite() throws IOException {
    final String out = folder.toString();
    assertThat(inspect(adapter().toString(), "--model", "lab", "--out", out)).isEqualTo(2);
    assertThat(err.toString()).contains("--out is " + out + ", allowed is the name of a file");
  }

  @Test
  void theFileItselfIsNotWrittenOver() throws IOException {
    final Path file = adapter();
    final byte[] before = Files.readAllBytes(file);
    assertThat(inspect(file.toString(), "--model", "lab", "--out", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("--out is " + file + ", allowed is another file than FILE");
    assertThat(file).hasBinaryContent(before);
  }

  @Test
  void whatIsWrittenIsNamed() throws IOException {
    final Path written = folder.resolve("canonical.safetensors");
    final String file = adapter().toString();
    assertThat(inspect(file, "--model", "lab", "--out", written.toString())).isZero();
    assertThat(written).isNotEmptyFile();
    assertThat(out.toString()).containsPattern("canonical_form +" + written);
  }

  @Test
  void whoInspectsAnAdapterOfTheLabIsToldOfTheOption() throws IOException {
    assertThat(inspect(adapter().toString())).isEqualTo(1);
    assertThat(out.toString()).contains("SHAPE_MISMATCH", "--model says for which");
  }

  private Path adapter() throws IOException {
    return Files.copy(
        ZOO.resolve("03248a_000828.safetensors"), folder.resolve("adapter.safetensors"));
  }

  private int inspect(final String... arguments) {
    return new CommandLine(new InspectVerb())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }
}
