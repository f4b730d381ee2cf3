package io.loralake.tests.paint;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.paint.PaintVerb;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class PaintVerbTest {
  @TempDir private static Path shared;
  @TempDir private Path folder;

  private static Path files;
  private static Path snapshot;

  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void writeBases() throws IOException {
    files = Files.createDirectory(shared.resolve("files"));
    TinyBase.writeFiles(files);
    snapshot = Files.createDirectory(shared.resolve("snapshot"));
    TinyBase.writeSnapshot(snapshot);
  }

  @Test
  void bothLayoutsGiveTheSamePictureForTheSameSeed() throws IOException {
    assertThat(paint(files, "a cat", "a.png", "--seed", "5")).isZero();
    assertThat(err.toString()).contains("step 1/2", "step 2/2").doesNotContain("warning");
    assertThat(paint(files, "a cat", "b.png", "--seed", "5")).isZero();
    assertThat(paint(snapshot, "a cat", "c.png", "--seed", "5")).isZero();
    assertThat(paint(files, "a cat", "d.png", "--seed", "6")).isZero();
    assertThat(paint(files, "a dog", "e.png", "--seed", "5")).isZero();
    final byte[] first = bytes("a.png");
    assertThat(Arrays.mismatch(bytes("b.png"), first)).isEqualTo(-1);
    assertThat(pixels("c.png")).isEqualTo(pixels("a.png"));
    assertThat(pixels("d.png")).isNotEqualTo(pixels("a.png"));
    assertThat(pixels("e.png")).isNotEqualTo(pixels("a.png"));
    final BufferedImage picture = ImageIO.read(folder.resolve("a.png").toFile());
    assertThat(picture.getWidth()).isEqualTo(48);
    assertThat(picture.getHeight()).isEqualTo(32);
    assertThat(new String(first, StandardCharsets.ISO_8859_1))
        .contains(
            "parameters\0a cat\nSteps: 2, Seed: 5, Size: 48x32, Guidance: 3.5, Model: files, ");
  }

  @Test
  void oneFileOfAllModelsGivesTheSamePicture() throws IOException {
    final Path whole = Files.createDirectory(folder.resolve("whole"));
    TinyBase.writeCheckpoint(files, whole);
    assertThat(paint(files, "a cat", "a.png", "--seed", "5")).isZero();
    assertThat(paint(whole, "a cat", "b.png", "--seed", "5")).isZero();
    assertThat(pixels("b.png")).isEqualTo(pixels("a.png"));
  }

  @Test
  void classifierFreeGuidanceLeadsAwayFromTheNegativePrompt() throws IOException {
    paint(files, "a cat", "plain.png");
    paint(files, "a cat", "same.png", "--cfg", "2", "--negative-prompt", "a cat");
    paint(files, "a cat", "away.png", "--cfg", "2", "--negative-prompt", "a dog");
    assertThat(pixels("same.png")).isEqualTo(pixels("plain.png"));
    assertThat(pixels("away.png")).isNotEqualTo(pixels("plain.png"));
  }

  @Test
  void runsInBf16() throws IOException {
    assertThat(paint(files, "a cat", "a.png", "--dtype", "bf16")).isZero();
    assertThat(bytes("a.png")).isNotEmpty();
  }

  @Test
  void saysWhatIsCutFromALongPrompt() {
    final String prompt = "red ".repeat(75) + "and the very last words";
    assertThat(paint(files, prompt, "a.png")).isZero();
    assertThat(err.toString())
        .contains("CLIP reads 77 tokens", "cut: 'and the very last words'")
        .doesNotContain("T5 reads");
  }

  @Test
  void warnsOfAnEmptyPrompt() {
    assertThat(paint(files, "", "a.png")).isZero();
    assertThat(err.toString()).contains("--prompt is empty");
  }

  @ParameterizedTest
  @CsvSource({
    "--size, 100x100, multiples of 16",
    "--size, 0x16, multiples of 16",
    "--size, big, WIDTHxHEIGHT",
    "--steps, 0, from 1 to 1000",
    "--guidance, -1, from 0 to 100",
    "--cfg, 101, from 0 to 100",
    "--dtype, f64, 'f32, bf16'",
    "--device, tpu, 'cpu, cuda'",
    "--base, /nowhere, existing folder",
    "--adapter, /nowhere.safetensors:0.5, existing file",
    "--adapter, file:1e, not a number",
    "--adapters, auto, --catalog is not given",
    "--catalog, lake, only with --adapters auto",
    "--k, 3, only with --adapters auto",
    "--budget, 2, only with --fusion budget",
    "--gates, /nowhere, for --fusion gated",
    "--fusion, gated, --gates is not given",
    "--out, a.jpg, ends in .png",
  })
  void refusesWithTheOptionTheValueAndWhatIsAllowed(
      final String option, final String value, final String allowed) {
    assertThat(paint(files, "a cat", "a.png", option, value)).isEqualTo(2);
    assertThat(err.toString()).contains(option, allowed);
    assertThat(folder.resolve("a.png")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vae/config.json",
        "text_encoder/config.json",
        "tokenizer/tokenizer.json",
        "tokenizer_2/tokenizer.json",
        "transformer/diffusion_pytorch_model.safetensors.index.json"
      })
  void namesTheFileThatIsNoJson(final String name) throws IOException {
    final Path base = copyOfSnapshot();
    Files.writeString(base.resolve(name), "{broken");
    assertThat(paint(base, "a cat", "a.png")).isEqualTo(1);
    assertThat(err.toString()).contains(name.replace("/tokenizer.json", ""));
  }

  @Test
  void namesTheWeightThatIsNaN() throws IOException {
    final Path base = copyOfSnapshot();
    final Path vae = base.resolve("vae");
    final Path file = vae.resolve("diffusion_pytorch_model.safetensors");
    final Map<String, TensorData> weights = new LinkedHashMap<>();
    try (SafetensorsFile stored = SafetensorsFile.open(file)) {
      for (final String name : stored.names()) {
        final float[] values = stored.floats(name);
        values[0] = name.equals("decoder.conv_in.bias") ? Float.NaN : values[0];
        weights.put(name, TensorData.ofFloats(values, stored.info(name).shape()));
      }
    }
    Files.delete(file);
    SafetensorsWriter.write(file, weights, Map.of());
    assertThat(paint(base, "a cat", "a.png")).isEqualTo(1);
    assertThat(err.toString())
        .endsWith("nothing was written; " + vae + " has such numbers in 'decoder.conv_in.bias'");
  }

  private Path copyOfSnapshot() throws IOException {
    final Path base = Files.createDirectory(folder.resolve("base"));
    try (Stream<Path> all = Files.walk(snapshot)) {
      for (final Path file : all.skip(1).toList()) {
        Files.copy(file, base.resolve(snapshot.relativize(file)));
      }
    }
    return base;
  }

  @Test
  void adaptersChangeThePictureByTheirScale() throws IOException {
    final String adapter = fixture("files/kohya_with_te1.safetensors");
    paint(files, "a cat", "base.png");
    assertThat(paint(files, "a cat", "with.png", "--adapter", adapter)).isZero();
    assertThat(paint(files, "a cat", "half.png", "--adapter", adapter + ":0.5")).isZero();
    assertThat(paint(files, "a cat", "zero.png", "--adapter", adapter + ":0")).isZero();
    assertThat(pixels("with.png")).isNotEqualTo(pixels("base.png"));
    assertThat(pixels("half.png")).isNotEqualTo(pixels("with.png"));
    assertThat(pixels("zero.png")).isEqualTo(pixels("base.png"));
  }

  @Test
  void saysWhyAnAdapterCannotBeUsed() {
    final String adapter = fixture("bad/width_mismatch.safetensors");
    assertThat(paint(files, "a cat", "a.png", "--adapter", adapter)).isEqualTo(1);
    assertThat(err.toString()).contains("width_mismatch.safetensors");
    assertThat(folder.resolve("a.png")).doesNotExist();
  }

  private static String fixture(final String name) {
    return Path.of(System.getProperty("loralake.root", ".."), "tests/fixtures/lora", name)
        .toString();
  }

  @Test
  void namesAPartThatIsMissing() throws IOException {
    final Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.copy(files.resolve("flux1-dev.safetensors"), broken.resolve("flux1-dev.safetensors"));
    assertThat(paint(broken, "a cat", "a.png")).isEqualTo(1);
    assertThat(err.toString()).contains("'vae'", "'ae.safetensors'");
  }

  @Test
  void preflightListsPartsAndPeaks() {
    final StringWriter out = new StringWriter();
    final CommandLine line = new CommandLine(new PaintVerb()).setOut(new PrintWriter(out));
    final int code =
        line.execute("--base", files.toString(), "--prompt", "", "--out", "x.png", "--preflight");
    assertThat(code).isZero();
    assertThat(out.toString()).contains("transformer", "auto-encoder", "CLIP", "T5", "batch 8");
  }

  private int paint(final Path base, final String prompt, final String file, final String... more) {
    final List<String> arguments =
        new ArrayList<>(List.of("--base", base.toString(), "--prompt", prompt));
    arguments.addAll(List.of("--out", folder.resolve(file).toString()));
    arguments.addAll(List.of("--size", "48x32", "--steps", "2"));
    arguments.addAll(List.of(more));
    final CommandLine line = new CommandLine(new PaintVerb());
    line.setOverwrittenOptionsAllowed(true);
    line.setOut(new PrintWriter(new StringWriter()));
    line.setErr(new PrintWriter(err));
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          err.write(failure.getMessage());
          return 1;
        });
    return line.execute(arguments.toArray(String[]::new));
  }

  private byte[] bytes(final String file) throws IOException {
    return Files.readAllBytes(folder.resolve(file));
  }

  private int[] pixels(final String file) throws IOException {
    final BufferedImage picture = ImageIO.read(folder.resolve(file).toFile());
    return picture.getRGB(
        0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
  }
}
