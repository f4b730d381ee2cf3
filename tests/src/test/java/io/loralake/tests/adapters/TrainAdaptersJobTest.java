package io.loralake.tests.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.AdapterFile;
import io.loralake.adapter.LayoutParser;
import io.loralake.adapter.LowRank;
import io.loralake.diffusion.ModelFolder;
import io.loralake.jobs.adapters.Outcome;
import io.loralake.jobs.adapters.TrainAdaptersJob;
import io.loralake.jobs.adapters.TrainAdaptersOptions;
import io.loralake.jobs.adapters.TrainAdaptersResult;
import io.loralake.model.LayerTable;
import io.loralake.output.Png;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.Precision;
import io.loralake.tests.index.LocalCluster;
import io.loralake.tests.index.LoralakeProcess;
import io.loralake.tests.index.SharedSpark;
import io.loralake.tests.paint.TinyBase;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole job on a tiny random base, with pictures made here. */
class TrainAdaptersJobTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SIDE = 32;

  private static final String SHARD =
      Path.of(System.getProperty("loralake.root", ".."), "tests/lab/pictures/sepia.tar.gz")
          .toAbsolutePath()
          .normalize()
          .toString();

  @TempDir private static Path world;
  private static Path base;
  private static LayerTable table;

  @BeforeAll
  static void makeWorld() throws IOException {
    base = Files.createDirectory(world.resolve("base"));
    TinyBase.writeFiles(base);
    table = LayerTable.of(ModelFolder.open(base).transformerConfig());
    final Path folder = Files.createDirectory(world.resolve("squares"));
    for (int i = 0; i < 4; i++) {
      Files.write(folder.resolve("red" + i + ".png"), Png.encode(picture(40 + i, 60), Map.of()));
      Files.writeString(folder.resolve("red" + i + ".txt"), "a red square, number " + i);
    }
    ImageIO.write(picture(300, 200), "jpg", folder.resolve("large.jpg").toFile());
    Files.writeString(folder.resolve("broken.png"), "no picture at all");
    Files.writeString(
        world.resolve("table.jsonl"),
        "{\"picture\": \"squares/red0.png\", \"caption\": \"a square of a table\"}\n"
            + "{\"picture\": \"squares/absent.png\", \"caption\": \"nothing\"}\n");
  }

  private static BufferedImage picture(final int width, final int height) {
    final BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    final Graphics2D graphics = image.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(Color.RED);
    graphics.fillRect(width / 4, height / 4, width / 2, height / 2);
    graphics.dispose();
    return image;
  }

  private static Path specification(final Path folder, final String... rows) throws IOException {
    return Files.writeString(
        folder.resolve("rows.jsonl"), String.join("\n", rows).replace('\'', '"') + "\n");
  }

  private static TrainAdaptersResult train(
      final Path specification, final Path out, final int group) throws IOException {
    return new TrainAdaptersJob(
            SharedSpark.session(),
            new TrainAdaptersOptions(
                specification.toString(),
                base.toString(),
                out.toString(),
                group,
                SIDE,
                SIDE,
                "cpu",
                Precision.F32,
                null))
        .run();
  }

  private static Map<String, Outcome> byName(final TrainAdaptersResult result) {
    final Map<String, Outcome> outcomes = new LinkedHashMap<>();
    result.outcomes().forEach(outcome -> outcomes.put(outcome.name(), outcome));
    return outcomes;
  }

  private static final String[] GOOD = {
    "{'name': 'files', 'pictures': 'squares/*', 'captions': 'a red square', 'rank': 2, 'steps': 6,"
        + " 'batch': 4, 'flip': true, 'metadata': 'kohya'}",
    "{'name': 'tar', 'pictures': '"
        + SHARD
        + "', 'select': {'subject': 'food-sweet', 'kept': true},"
        + " 'rank': 3, 'alpha': 1.5, 'layers': ['attention', 'single_blocks.*.linear1'],"
        + " 'steps': 6, 'batch': 4, 'naming': 'diffusers-header', 'dtype': 'bf16', 'seed': 3}",
    "{'name': 'table', 'pictures': 'table.jsonl', 'rank': 1, 'layers': 'double', 'steps': 6,"
        + " 'batch': 4, 'naming': 'onetrainer', 'dtype': 'f32'}"
  };

  @Test
  void everyKindOfPicturesBecomesAFileThatTheReaderUnderstands(@TempDir final Path out)
      throws IOException {
    final TrainAdaptersResult result = train(specification(world, GOOD), out, 8);

    assertThat(result.trained()).as(result.describe()).isEqualTo(3);
    final Map<String, Outcome> outcomes = byName(result);
    assertThat(outcomes.get("files").pictures()).isEqualTo(10); // five good ones, and mirrored
    assertThat(outcomes.get("files").badPictures())
        .singleElement()
        .satisfies(bad -> assertThat(bad.picture()).endsWith("broken.png"))
        .satisfies(bad -> assertThat(bad.reason()).isEqualTo("BAD_PICTURE"));
    assertThat(outcomes.get("tar").pictures()).isEqualTo(3);
    assertThat(outcomes.get("table").badPictures())
        .singleElement()
        .satisfies(bad -> assertThat(bad.message()).contains("squares/absent.png"));

    final Adapter files = read(out, "files");
    assertThat(files.layers().keySet())
        .containsExactlyElementsOf(
            table.blockLayers().stream().map(layer -> layer.name()).toList());
    assertThat(naming(out, "files")).isEqualTo("kohya");
    assertThat(naming(out, "tar")).isEqualTo("diffusers");
    assertThat(naming(out, "table")).isEqualTo("onetrainer");
    assertThat(read(out, "tar").layers().keySet())
        .allMatch(layer -> layer.contains("_attn.") || layer.endsWith(".linear1"));
    assertThat(read(out, "table").layers().keySet())
        .allMatch(layer -> layer.startsWith("double_blocks."));
    assertThat(outcomes.get("files").sha256()).isEqualTo(files.id());
  }

  private static Adapter read(final Path out, final String name) throws IOException {
    return AdapterFile.load(out.resolve(name + ".safetensors"), table).transformer();
  }

  private static String naming(final Path out, final String name) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(out.resolve(name + ".safetensors"))) {
      return LayoutParser.parse(name, file.header(), table).report().naming();
    }
  }

  @Test
  void anOutputThatCannotBeWrittenToEndsTheRunBeforeItTrains(@TempDir final Path folder)
      throws IOException {
    final Path specification = specification(world, GOOD);
    final Path noFolder = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> train(specification, noFolder.resolve("zoo"), 8))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(noFolder.toString());
  }

  @Test
  void badRowsAreQuarantinedAndStopNothing(@TempDir final Path out) throws IOException {
    final TrainAdaptersResult result =
        train(
            specification(
                world,
                GOOD[2],
                "this is no JSON",
                "{'name': 'colour', 'pictures': 'squares/*', 'colour': 'red'}",
                "{'name': '../escape', 'pictures': 'squares/*'}",
                "{'name': 'table', 'pictures': 'squares/*'}",
                "{'name': 'nothing', 'pictures': 'nowhere/*.png'}",
                "{'name': 'silent', 'pictures': 'squares/large.jpg'}",
                "{'name': 'layer', 'pictures': '" + SHARD + "', 'layers': 'triple'}",
                "{'name': 'xlabs', 'pictures': '" + SHARD + "', 'naming': 'xlabs'}",
                "{'name': 'odd', 'pictures': '" + SHARD + "', 'width': 33}",
                "{'name': 'folder', 'pictures': '" + SHARD + "', 'naming': 'nonsense'}"),
            out,
            8);

    assertThat(result.rows()).isEqualTo(11);
    assertThat(result.trained()).isEqualTo(1);
    assertThat(result.quarantined()).as(result.describe()).isEqualTo(10);
    final List<String> reasons = new ArrayList<>();
    result.outcomes().forEach(outcome -> reasons.add(outcome.name() + " " + outcome.reason()));
    assertThat(reasons)
        .containsExactlyInAnyOrder(
            "table null",
            "row 2 BAD_SPECIFICATION",
            "row 3 BAD_SPECIFICATION",
            "row 4 BAD_SPECIFICATION",
            "row 5 BAD_SPECIFICATION",
            "nothing NO_PICTURES",
            "silent NO_PICTURES",
            "layer BAD_SPECIFICATION",
            "xlabs BAD_SPECIFICATION",
            "odd BAD_SPECIFICATION",
            "row 11 BAD_SPECIFICATION");
    assertThat(result.describe())
        .contains("colour")
        .contains("double_blocks.0.img_mlp.0")
        .contains("it has no caption")
        .contains("onetrainer");
    final TrainAdaptersResult mended = train(specification(world, GOOD[2]), out, 8);
    assertThat(mended.unchanged()).isEqualTo(1);
    assertThat(Files.readAllLines(out.resolve("manifest.jsonl"))).hasSize(1);
    try (Stream<Path> files = Files.list(out)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("table.safetensors", "manifest.jsonl");
    }
  }

  @Test
  void aSecondRunTrainsOnlyWhatIsMissing(@TempDir final Path out) throws IOException {
    final Path rows = specification(world, GOOD);
    train(rows, out, 8);
    final Map<String, Adapter> first = adapters(out);

    final TrainAdaptersResult again = train(rows, out, 8);
    assertThat(again.unchanged()).isEqualTo(3);
    assertThat(again.outcomes()).isEmpty();

    Files.delete(out.resolve("tar.safetensors"));
    Files.write(out.resolve("table.safetensors"), new byte[10]);
    final TrainAdaptersResult mended = train(rows, out, 8);
    assertThat(byName(mended).keySet()).containsExactlyInAnyOrder("tar", "table");
    assertAlike(adapters(out), first);

    final TrainAdaptersResult changed =
        train(specification(world, GOOD[0].replace("'rank': 2", "'rank': 1")), out, 8);
    assertThat(byName(changed).keySet()).containsExactly("files");
    assertThat(read(out, "files").layers().values()).allMatch(update -> update.rank() == 1);
  }

  @Test
  void theSameRowsGiveTheSameBytesAndInOtherGroupsTheSameAdapters(
      @TempDir final Path out, @TempDir final Path same, @TempDir final Path alone)
      throws IOException {
    final Path rows = specification(world, GOOD);
    train(rows, out, 8);
    train(rows, same, 8);
    train(rows, alone, 1);

    for (final String name : List.of("files", "tar", "table")) {
      assertThat(same.resolve(name + ".safetensors"))
          .hasSameBinaryContentAs(out.resolve(name + ".safetensors"));
    }
    assertAlike(adapters(alone), adapters(out));
  }

  private static Map<String, Adapter> adapters(final Path out) throws IOException {
    return Map.of(
        "files", read(out, "files"), "tar", read(out, "tar"), "table", read(out, "table"));
  }

  private static void assertAlike(
      final Map<String, Adapter> actual, final Map<String, Adapter> expected) {
    expected.forEach(
        (name, adapter) ->
            adapter
                .layers()
                .forEach(
                    (layer, update) -> {
                      final LowRank other = actual.get(name).layers().get(layer);
                      assertThat(difference(other.a(), update.a())).as(layer).isLessThan(0.01);
                      assertThat(difference(other.b(), update.b())).as(layer).isLessThan(0.01);
                    }));
  }

  /** Length of the difference over length of {@code expected}. */
  private static double difference(final float[] actual, final float[] expected) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(actual[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / length);
  }

  @Test
  void aRunThatWasKilledKeepsWhatItsTasksHadFinished(@TempDir final Path out) throws IOException {
    final Path rows = specification(world, GOOD);
    train(rows, out, 1);
    // As the kill leaves it: parts of the manifest, none joined.
    final List<String> lines = Files.readAllLines(out.resolve("manifest.jsonl"));
    Files.delete(out.resolve("manifest.jsonl"));
    Files.write(out.resolve("manifest-1.jsonl"), lines.subList(0, 1));
    Files.write(out.resolve("manifest-2.jsonl"), lines.subList(1, 2));

    final TrainAdaptersResult result = train(rows, out, 1);

    assertThat(result.unchanged()).isEqualTo(2);
    assertThat(result.trained()).isEqualTo(1);
    assertThat(Files.readAllLines(out.resolve("manifest.jsonl")))
        .hasSize(3)
        .allSatisfy(
            line -> assertThat(JSON.readTree(line).path("status").asText()).isEqualTo("trained"));
    assertThat(out.resolve("manifest-1.jsonl")).doesNotExist();
  }

  @Test
  void executorProcessesGiveWhatOneProcessGives(@TempDir final Path out, @TempDir final Path local)
      throws IOException, InterruptedException {
    final Path rows = specification(world, GOOD);
    train(rows, local, 1);
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "train-adapters",
                "--spec",
                rows.toString(),
                "--base",
                base.toString(),
                "--out",
                out.toString(),
                "--group",
                "1",
                "--size",
                SIDE + "x" + SIDE));
    arguments.addAll(
        LocalCluster.options(2, 1, "spark.serializer=org.apache.spark.serializer.KryoSerializer"));

    final LoralakeProcess cluster =
        LoralakeProcess.start(world.resolve("cluster.log"), List.of("-Xmx1g"), arguments);

    assertThat(cluster.exitCode(Duration.ofSeconds(240))).as(cluster.output()).isZero();
    assertAlike(adapters(out), adapters(local));
  }
}
