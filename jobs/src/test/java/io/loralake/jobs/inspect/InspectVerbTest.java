package io.loralake.jobs.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.model.FluxConfig;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @Test
  void anUpdateOfZeroCannotBeUsed() throws IOException {
    final Path written = folder.resolve("canonical.safetensors");
    final String file = filled(1, 0, 1).toString();
    assertThat(inspect(file, "--model", "lab", "--out", written.toString())).isEqualTo(1);
    assertThat(out.toString()).startsWith("EMPTY_UPDATE: " + file + ": every update is exactly");
    assertThat(written).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"1, 3e38, 100", "1e30, 1e30, 1"})
  void anUpdateBeyondFloatCannotBeUsed(final float a, final float b, final float alpha)
      throws IOException {
    assertThat(inspect(filled(a, b, alpha).toString(), "--model", "lab")).isEqualTo(1);
    assertThat(out.toString()).startsWith("NON_FINITE: ").contains("overflows float32");
  }

  @Test
  void whatPeopleWroteIsShownAsItIs() throws IOException {
    final String said = "Two styles: \"ink\", wash; see https://host/a:b";
    final Path file = filled(1, 1, 1, Map.of("modelspec.description", said));
    assertThat(inspect(file.toString(), "--model", "lab")).isZero();
    assertThat(out.toString())
        .contains("captions [" + said + "]")
        .containsPattern("ranks +\\{1 1}");
  }

  private Path filled(final float a, final float b, final float alpha) throws IOException {
    return filled(a, b, alpha, Map.of());
  }

  /** An adapter of rank 1 of a single module. */
  private Path filled(
      final float a, final float b, final float alpha, final Map<String, String> metadata)
      throws IOException {
    final int width = FluxConfig.load("lab").hiddenSize();
    final String module = "transformer.transformer_blocks.0.attn.to_q";
    final float[] down = new float[width];
    final float[] up = new float[width];
    Arrays.fill(down, a);
    Arrays.fill(up, b);
    final Path file = folder.resolve("filled.safetensors");
    SafetensorsWriter.write(
        file,
        Map.of(
            module + ".lora_A.weight", TensorData.ofFloats(down, 1, width),
            module + ".lora_B.weight", TensorData.ofFloats(up, width, 1),
            module + ".alpha", TensorData.ofFloats(new float[] {alpha}, 1)),
        metadata);
    return file;
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
