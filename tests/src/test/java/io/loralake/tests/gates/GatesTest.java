package io.loralake.tests.gates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.fusion.GateArtifact;
import io.loralake.jobs.evaluate.EvaluateVerb;
import io.loralake.jobs.gates.TrainGatesJob;
import io.loralake.jobs.gates.TrainGatesVerb;
import io.loralake.jobs.paint.PaintVerb;
import io.loralake.lab.LabPicture;
import io.loralake.lab.PictureFacts;
import io.loralake.lab.PictureShards;
import io.loralake.safetensors.FileHash;
import io.loralake.tests.LogLines;
import io.loralake.tests.VerbRun;
import io.loralake.tests.generate.PictureLake;
import io.loralake.tests.index.CatalogTables;
import io.loralake.tests.index.LocalCluster;
import io.loralake.tests.index.LoralakeProcess;
import io.loralake.tests.index.Repository;
import io.loralake.tests.lab.LabZoo;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gates are trained and judged, on nine of the lab's adapters, its base and its pictures. */
class GatesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HELD_OUT = "negative__food-fruit";
  private static final String NO_PICTURES = "blueprint__animal-mammal";
  private static final Duration LONG = Duration.ofMinutes(15);

  @TempDir private static Path root;

  private static PictureLake lake;
  private static Path base;

  @BeforeAll
  static void makeLake() throws IOException {
    lake = new PictureLake(root).index(9).align();
    base = quickBase();
    final List<String> rows = new ArrayList<>();
    for (final String adapter : lake.adapters()) {
      final String[] parts = adapter.split("__");
      rows.add(
          JSON.writeValueAsString(
              Map.of(
                  "name",
                  adapter,
                  "pictures",
                  pictures(adapter.equals(NO_PICTURES) ? "absent" : parts[0]),
                  "select",
                  Map.of("subject", parts[1], "kept", false))));
    }
    rows.add("{\"name\": \"says-nothing-of-pictures\"}");
    Files.write(root.resolve("rows.jsonl"), rows);
    Files.writeString(
        root.resolve("held-out.jsonl"), "{\"file\": \"" + HELD_OUT + ".safetensors\"}\n");
  }

  /** The lab's base, but for a picture's steps. */
  private static Path quickBase() throws IOException {
    final Path folder = Repository.copy(PictureLake.BASE, root.resolve("base"));
    final Path sampling = folder.resolve("sampling.json");
    final ObjectNode settings = (ObjectNode) JSON.readTree(sampling.toFile());
    JSON.writeValue(sampling.toFile(), settings.put("steps", 5));
    return folder;
  }

  private static String pictures(final String style) {
    return Repository.ROOT.resolve("tests/lab/pictures/" + style + ".tar.gz").toString();
  }

  private static List<String> arguments(final String out, final int steps, final String... more) {
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "--catalog",
                lake.catalog().toString(),
                "--spec",
                root.resolve("rows.jsonl").toString(),
                "--captions",
                root.resolve("captions.jsonl").toString(),
                "--hold-out",
                root.resolve("held-out.jsonl").toString(),
                "--base",
                base.toString(),
                "--out",
                root.resolve(out).toString(),
                "--coordinates",
                "4",
                "--relevance",
                "3",
                "--most",
                "3",
                "--depth",
                "4",
                "--steps",
                String.valueOf(steps),
                "--batch",
                "3"));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private static GateArtifact train(final String out, final int steps, final String... more)
      throws IOException {
    final VerbRun run = VerbRun.of(new TrainGatesVerb(), arguments(out, steps, more));
    assertThat(run.code()).as(run.out()).isZero();
    return GateArtifact.read(root.resolve(out));
  }

  /** Gates of 24 steps in one task, trained by the first test that asks. */
  private static GateArtifact trained() throws IOException {
    final Path folder = root.resolve("trained");
    return Files.exists(folder) ? GateArtifact.read(folder) : train("trained", 24, "--shards", "1");
  }

  @Test
  void leavesGatesThatPaintAndSaysWhatItLeftOut() throws IOException {
    try (LogLines log = new LogLines(TrainGatesJob.class)) {
      final VerbRun run = VerbRun.of(new TrainGatesVerb(), arguments("full", 24));
      assertThat(run.code()).as(run.out()).isZero();
      assertThat(run.out()).contains("; left out: 2 lines, the first: ", "row 10");
      assertThat(log.lines()).anyMatch(line -> line.contains("row 10"));
      assertThat(log.lines()).anyMatch(line -> line.contains("absent.tar.gz"));
    }

    final GateArtifact gates = GateArtifact.read(root.resolve("full"));
    assertThat(gates.card().training())
        .containsEntry("adapters", "8")
        .containsEntry("held_out", "1");
    assertThat(ImageIO.read(root.resolve("full/" + gates.card().id() + ".png").toFile()).getWidth())
        .isGreaterThan(100);
    final CatalogTables tables = new CatalogTables(lake.catalog().toString());
    final String curve =
        "FROM t WHERE name = 'loss' AND gates_id = '%s'".formatted(gates.card().id());
    assertThat(tables.<Long>value("training_curves", "SELECT count(*) " + curve)).isEqualTo(2);
    final String runId = tables.value("training_curves", "SELECT first(run_id) " + curve);
    assertThat(
            tables.<Long>value(
                "runs",
                "SELECT failed FROM t WHERE job = 'train-gates' AND run_id = '%s' AND options['gates_id'] = '%s'"
                    .formatted(runId, gates.card().id())))
        .isEqualTo(2);
    final Document page = Jsoup.parse(root.resolve("full/" + gates.card().id() + ".html").toFile());
    assertThat(page.select("pre").text()).contains("row 10");
    assertThat(page.select("#training th").eachText()).contains("encoder", "held out", "adapters");
    assertThat(page.select("#training td").eachText())
        .anyMatch(it -> it.startsWith("steps 24, batch 3, micro batch "));
    assertThat(page.select("img").eachAttr("alt")).contains("Flow-matching loss").hasSize(4);

    final Path picture = root.resolve("picture.png");
    final VerbRun paint = paintAuto(picture);
    assertThat(paint.code()).as(paint.out()).isZero();
    assertThat(ImageIO.read(picture.toFile()).getWidth()).isEqualTo(32);
    assertThat(adapters(picture)).hasSize(3);

    final VerbRun apart = paintAuto(picture, "--k", "9", "--max-similarity", "0");
    assertThat(apart.code()).as(apart.out()).isZero();
    assertThat(adapters(picture)).hasSizeBetween(1, 8); // of nine
    assertThat(paintAuto(picture, "--filter", "creator=nobody").out())
        .contains("no adapter passes {creator=nobody}");
  }

  private static VerbRun paintAuto(final Path picture, final String... more) {
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "--base",
                base.toString(),
                "--adapters",
                "auto",
                "--catalog",
                lake.catalog().toString(),
                "--gates",
                root.resolve("full").toString(),
                "--prompt",
                "blueprint drawings of fruit",
                "--out",
                picture.toString()));
    arguments.addAll(List.of(more));
    return VerbRun.of(new PaintVerb(), arguments);
  }

  /** As a picture's settings name them. */
  private static List<String> adapters(final Path picture) throws IOException {
    final String bytes = Files.readString(picture, StandardCharsets.ISO_8859_1);
    return Pattern.compile("[^ ]+[.]safetensors:1[.]0")
        .matcher(bytes)
        .results()
        .map(MatchResult::group)
        .toList();
  }

  @Test
  void aFinishedTrainingGoesOnOnlyWithTheSameData() throws IOException {
    final Path heldOut = root.resolve("changing.jsonl");
    Files.copy(root.resolve("held-out.jsonl"), heldOut);
    final List<String> arguments =
        arguments("again", 24, "--work", root.resolve("work").toString());
    arguments.set(arguments.indexOf("--hold-out") + 1, heldOut.toString());
    assertThat(VerbRun.of(new TrainGatesVerb(), arguments).code()).isZero();
    final GateArtifact gates = GateArtifact.read(root.resolve("again"));
    assertThat(VerbRun.of(new TrainGatesVerb(), arguments).code()).isZero();
    assertThat(GateArtifact.read(root.resolve("again")).card()).isEqualTo(gates.card());
    assertThat(
            new CatalogTables(lake.catalog().toString())
                .<Long>value(
                    "training_curves",
                    "SELECT count(*) - count(DISTINCT step, name) FROM t WHERE gates_id = '%s'"
                        .formatted(gates.card().id())))
        .isZero();

    Files.writeString(heldOut, "{\"file\": \"" + NO_PICTURES + ".safetensors\"}\n");
    final VerbRun changed = VerbRun.of(new TrainGatesVerb(), arguments);
    assertThat(changed.code()).isEqualTo(1);
    assertThat(changed.out()).contains("is the checkpoint of another run");
  }

  /** Trains with a specification of rows with name, pictures and more columns. */
  private static VerbRun trainOn(final List<String> rows, final String... more) throws IOException {
    final Path file = Files.write(root.resolve("own.jsonl"), rows);
    final List<String> arguments = arguments("own", 24, more);
    arguments.set(arguments.indexOf("--spec") + 1, file.toString());
    return VerbRun.of(new TrainGatesVerb(), arguments);
  }

  private static String row(final String name, final String pictures, final String more) {
    return "{\"name\": \"%s\", \"pictures\": \"%s\"%s}".formatted(name, pictures, more);
  }

  @Test
  void captionsOfAdaptersThatTheCatalogLacksAreToldWhereTheyAreMissed() throws IOException {
    final Path captions = root.resolve("others.jsonl");
    Files.writeString(captions, "{\"file\": \"absent.safetensors\", \"captions\": \"a fish\"}\n");
    final List<String> arguments = arguments("others", 21);
    arguments.set(arguments.indexOf("--captions") + 1, captions.toString());
    final VerbRun run = VerbRun.of(new TrainGatesVerb(), arguments);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out())
        .contains("0 captions are too few", "1 line refused, the first: absent.safetensors: ");
  }

  @Test
  void picturesOfAHeldOutAdapterServeNoOther() throws IOException {
    final String pictures = pictures("negative");
    final String alias = pictures.replace("/lab/", "/./lab/");
    for (final String other : List.of(pictures, alias)) {
      final VerbRun run =
          trainOn(
              List.of(
                  row(lake.adapter(HELD_OUT).toUri().toString(), pictures, ""),
                  row(NO_PICTURES, other, "")));
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.out())
          .contains(
              "No row has pictures and an adapter in the catalog of which nothing is held out");
    }
  }

  @Test
  void rowsOfAnotherSizeAreLeftOut() throws IOException {
    final String select = ", \"select\": {\"subject\": \"food-fruit\", \"kept\": false}";
    final VerbRun run =
        trainOn(
            List.of(
                row(FileHash.of(lake.adapter(NO_PICTURES)), pictures("grayscale"), select),
                row(lake.adapters().get(1), pictures("blueprint"), ", \"width\": 64"),
                row(lake.adapters().get(2), pictures("blueprint"), ", \"width\": 64")));
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(run.out())
        .contains("64x32", "all must be of one size", "; left out: 2 lines, the first: ");
  }

  @Test
  void adaptersThatWereReplacedAreToldAndNotUsed() throws IOException {
    final Map<Path, byte[]> healthy = new TreeMap<>();
    for (final String adapter : lake.adapters()) {
      healthy.put(lake.adapter(adapter), Files.readAllBytes(lake.adapter(adapter)));
    }
    try {
      for (final Path file : healthy.keySet()) {
        Files.write(file, new byte[1], StandardOpenOption.APPEND);
      }
      final VerbRun run = trainOn(List.of(row(NO_PICTURES, pictures("grayscale"), "")));
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.out()).contains("its SHA-256 is");
    } finally {
      for (final Map.Entry<Path, byte[]> file : healthy.entrySet()) {
        Files.write(file.getKey(), file.getValue());
      }
    }
  }

  @Test
  void aLossThatIsNotFiniteNamesItsAdapters() {
    final VerbRun run =
        VerbRun.of(new TrainGatesVerb(), arguments("broken", 24, "--learning-rate", "1e38"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).contains("is not finite where these adapters are fused", ".safetensors");
  }

  @Test
  void gatesToBeginWithMustFit() throws IOException {
    trained();
    final List<String> arguments =
        arguments("fitting", 24, "--from", root.resolve("trained").toString());
    arguments.set(arguments.indexOf("--coordinates") + 1, "7"); // those of the gates stay
    assertThat(VerbRun.of(new TrainGatesVerb(), arguments).code()).isZero();
    assertThat(GateArtifact.read(root.resolve("fitting")).card().training())
        .containsEntry("coordinates", "4");
    arguments.set(arguments.indexOf("--relevance") + 1, "5");
    final VerbRun other = VerbRun.of(new TrainGatesVerb(), arguments);
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.out()).contains("--relevance is 5, the gates of --from have 3");
  }

  /** Who evaluates them is warned as with those that they began with. */
  @Test
  void gatesKnowWhatThoseTheyBeganWithKnew() throws IOException {
    final List<String> all = arguments("knowing", 24);
    all.subList(all.indexOf("--hold-out"), all.indexOf("--hold-out") + 2).clear();
    assertThat(VerbRun.of(new TrainGatesVerb(), all).code()).isZero();
    train("heirs", 24, "--from", root.resolve("knowing").toString());
    assertThat(GateArtifact.read(root.resolve("heirs")).card().hasHeldOut()).isFalse();
  }

  @Test
  void theResultDoesNotDependOnTheNumberOfTasks() throws IOException {
    final GateArtifact three = train("three", 24, "--shards", "3");
    assertSame(trained(), three);
    assertThat(train("again-three", 24, "--shards", "3").card().id())
        .as("the same tasks give the same bits, whichever ends first")
        .isEqualTo(three.card().id());
  }

  /** The sums over tasks are those of the alignment, whose LostExecutorTest is not slow. */
  @Test
  @Tag("slow")
  void aLostExecutorChangesNothing() throws IOException, InterruptedException {
    final GateArtifact quiet = train("quiet", 40, "--shards", "2");

    final List<String> arguments = arguments("disturbed", 40, "--shards", "2");
    arguments.add(0, "train-gates");
    arguments.addAll(
        LocalCluster.options(
            2,
            2,
            "spark.serializer=org.apache.spark.serializer.KryoSerializer")); // as clusters often
    // set
    final LoralakeProcess process =
        LoralakeProcess.start(root.resolve("disturbed.log"), List.of("-Xmx1g"), arguments);
    process.awaitOutput("step 20/40", LONG);
    final List<ProcessHandle> executors = process.executors();
    assertThat(executors).as(process.output()).hasSize(2);
    executors.get(0).destroyForcibly();
    assertThat(process.exitCode(LONG)).as(process.output()).isZero();

    assertSame(GateArtifact.read(root.resolve("disturbed")), quiet);
  }

  @Test
  void aKilledTrainingGoesOnThoughTheCatalogHasGrown() throws IOException, InterruptedException {
    final PictureLake growing =
        new PictureLake(Files.createDirectory(root.resolve("growing"))).index(9).align();
    final List<String> quiet = arguments("unkilled", 30, "--checkpoint-every", "10");
    quiet.set(1, growing.catalog().toString());
    assertThat(VerbRun.of(new TrainGatesVerb(), quiet).code()).isZero();

    final List<String> killed = new ArrayList<>(quiet);
    killed.set(killed.indexOf("--out") + 1, root.resolve("killed").toString());
    killed.addAll(List.of("--work", root.resolve("killed-work").toString()));
    final List<String> command = new ArrayList<>(List.of("train-gates"));
    command.addAll(killed);
    final LoralakeProcess process =
        LoralakeProcess.start(root.resolve("killed.log"), List.of("-Xmx1g"), command);
    process.awaitOutput("step 20/30", LONG);
    assertThat(process.kill()).as(process.output()).isTrue();
    growing.indexFrom(LabZoo.adapter("night", "face-smiling").toString());

    assertThat(VerbRun.of(new TrainGatesVerb(), killed).code()).isZero();
    assertThat(GateArtifact.read(root.resolve("killed")).card())
        .isEqualTo(GateArtifact.read(root.resolve("unkilled")).card());
    final VerbRun next = VerbRun.of(new TrainGatesVerb(), killed);
    assertThat(next.code()).as("a run after the end sees what came").isEqualTo(1);
    assertThat(next.out()).contains("is the checkpoint of another run");
  }

  @Test
  void whereNothingCanBeWrittenIsToldBeforeTraining() throws IOException {
    final String file = Files.createFile(root.resolve("gates.txt")).toString();
    final VerbRun run =
        VerbRun.of(
            new TrainGatesVerb(),
            List.of("--catalog", "c", "--spec", "s", "--base", base.toString(), "--out", file));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).contains("--out is " + file + ", allowed is a folder");
  }

  @ParameterizedTest
  @CsvSource({
    "--samples, 0, a positive number",
    "--paint, -1, a number from 0 on",
    "--gates, sum=tests, a name other than best single retrieved",
    "--gates, base=tests, a name other than best single retrieved",
    "--gates, learned=nowhere, gates that are there",
    "--hold-out, none, a file beside --spec",
  })
  void anEvaluationRefusesBeforeItMeasures(
      final String option, final String value, final String allowed) throws IOException {
    final String truth = Files.writeString(root.resolve("none.jsonl"), "").toString();
    final VerbRun run =
        VerbRun.of(
            new EvaluateVerb(),
            List.of(
                "--fusion", "--catalog", "c", "--truth", truth, "--splits", truth, option, value));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).contains(option + " is " + value + ", allowed is " + allowed);
  }

  @Test
  void picturesThatTheClassifierDoesNotKnowAreNotPaintedForIt() throws IOException {
    final String adapter = lake.adapters().get(0) + ".safetensors";
    final String truth =
        """
        {"split": "1", "file": "%s", "style": "neon", "subject": "face-smiling", "captions": ["x"]}
        """
            .formatted(adapter);
    final Path table = Files.writeString(root.resolve("neon.jsonl"), truth);
    final PictureFacts facts =
        new PictureFacts(
            "own", "x", "x", "g", "s", "neon", "face-smiling", true, true, List.of("a neon x"));
    PictureShards.write(
        Files.createDirectories(root.resolve("neon")).resolve("neon" + PictureShards.SUFFIX),
        List.of(new LabPicture(facts, new byte[3 * LabPicture.SIDE * LabPicture.SIDE])));
    final VerbRun run = compare(table, table, root.resolve("neon"), "--paint", "1");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).contains("pictures of neon/face-smiling cannot be judged", "no style");
  }

  private VerbRun compare(
      final Path truth, final Path splits, final Path pictures, final String... more) {
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "--fusion",
                "--catalog",
                lake.catalog().toString(),
                "--truth",
                truth.toString(),
                "--splits",
                splits.toString(),
                "--base",
                base.toString(),
                "--pictures",
                pictures.toString(),
                "--classifier",
                Repository.ROOT.resolve("tests/lab/classifier.safetensors").toString()));
    arguments.addAll(List.of(more));
    return VerbRun.of(new EvaluateVerb(), arguments);
  }

  @Test
  void anEvaluationAsksForWhatIsKnownOrForPictures() {
    final VerbRun run = VerbRun.of(new EvaluateVerb(), List.of("--fusion", "--catalog", "c"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).contains("--truth is not given");
  }

  /** The lab's adapters again, of which nothing is told but their pictures. */
  @Test
  void aZooOfOnesOwnIsEvaluatedByItsPictures() throws IOException {
    train("own-gates", 24);
    final List<String> rows = new ArrayList<>();
    for (final String adapter : lake.adapters()) {
      final String[] parts = adapter.split("__");
      rows.add(
          row(
              adapter,
              pictures(parts[0]),
              ", \"select\": {\"subject\": \"%s\", \"kept\": true}".formatted(parts[1])));
    }
    rows.add(row("nobody-has-it", pictures("sepia"), ""));
    Files.write(root.resolve("own.jsonl"), rows);
    final String other = "grayscale__face-smiling";
    Files.writeString(
        root.resolve("asked-for.jsonl"),
        """
        {"file": "%s.safetensors"}
        {"file": "%s.safetensors"}
        """
            .formatted(HELD_OUT, other));
    final VerbRun run =
        evaluateOwn(
            "asked-for.jsonl",
            "--gates",
            "learned=" + root.resolve("own-gates"),
            "--paint",
            "1",
            "--json",
            root.resolve("own-rows.json").toString(),
            "--report",
            root.resolve("own.html").toString());
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(run.out())
        .contains(
            "2 held-out concepts", "left out: nobody-has-it: its adapter is not in the catalog");

    final Map<String, JsonNode> measured = measured("own-rows.json");
    assertThat(measured.keySet())
        .contains("top 3, exact removed: learned", "top 5, exact in the zoo: learned + global")
        .noneMatch(row -> row.contains("style"));
    final double base = measured.get("base: base").get("loss").asDouble();
    final double exact = measured.get("exact: exact").get("loss").asDouble();
    final double removed = measured.get("top 1, exact removed: sum").get("loss").asDouble();
    assertThat(exact).isBetween(0.1, base - 0.1).isLessThan(removed);

    final Document page = Jsoup.parse(root.resolve("own.html").toFile());
    assertThat(page.select("[id^=painted]")).as("nobody judges").isEmpty();
    assertThat(page.select("h3").eachText()).contains("painted: top 3, exact removed");
    assertThat(page.select("h3 + p > img").eachAttr("alt")).contains("top 3, exact removed");
    assertThat(page.select("img").eachAttr("alt"))
        .contains("top 3, exact removed")
        .anyMatch(alt -> alt.startsWith("Adapters that are the exact"))
        .anyMatch(alt -> alt.matches("'.*', the distractor.*"));
  }

  @Test
  void aZooOfOnesOwnWithoutPicturesIsTold() throws IOException {
    Files.writeString(
        root.resolve("own.jsonl"), row(HELD_OUT, pictures("absent"), "") + System.lineSeparator());
    final VerbRun run = evaluateOwn("held-out.jsonl");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).contains("absent.tar.gz", "No concept has a picture");
  }

  private static Map<String, JsonNode> measured(final String file) throws IOException {
    final Map<String, JsonNode> rows = new TreeMap<>();
    for (final String line : Files.readAllLines(root.resolve(file))) {
      final JsonNode row = JSON.readTree(line);
      rows.put(row.get("set").asText() + ": " + row.get("strategy").asText(), row);
    }
    return rows;
  }

  private static VerbRun evaluateOwn(final String heldOut, final String... more) {
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "--fusion",
                "--catalog",
                lake.catalog().toString(),
                "--spec",
                root.resolve("own.jsonl").toString(),
                "--hold-out",
                root.resolve(heldOut).toString(),
                "--base",
                base.toString(),
                "--samples",
                "4"));
    arguments.addAll(List.of(more));
    return VerbRun.of(new EvaluateVerb(), arguments);
  }

  @Test
  void anEvaluationComparesThemAndShowsWhatTheyDo() throws IOException {
    trained();
    final List<String> truth = new ArrayList<>();
    for (final String adapter : lake.adapters()) {
      final String[] parts = adapter.split("__");
      truth.add(
          JSON.writeValueAsString(
              Map.of(
                  "file",
                  "file:" + lake.adapter(adapter),
                  "style",
                  parts[0],
                  "subject",
                  parts[1],
                  "kind",
                  "full",
                  "captions",
                  List.of())));
    }
    Files.write(root.resolve("truth.jsonl"), truth);
    Files.writeString(
        root.resolve("splits.jsonl"),
        """
        {"split": "1", "style": "negative", "subject": "food-fruit"}
        {"split": "1", "style": "grayscale", "subject": "face-smiling"}
        """);
    final VerbRun run =
        compare(
            root.resolve("truth.jsonl"),
            root.resolve("splits.jsonl"),
            Repository.ROOT.resolve("tests/lab/pictures"),
            "--gates",
            "learned=" + root.resolve("trained"),
            "--samples",
            "2",
            "--paint",
            "1",
            "--json",
            root.resolve("rows.json").toString(),
            "--report",
            root.resolve("fusion.html").toString());
    assertThat(run.code()).as(run.out()).isZero();

    final Map<String, JsonNode> rows = measured("rows.json");
    final double base = rows.get("base: base").get("loss").asDouble();
    final double mean = rows.get("style + subject: mean").get("loss").asDouble();
    final double gated = rows.get("style + subject: learned").get("loss").asDouble();
    assertThat(List.of(base, mean, gated)).doesNotHaveDuplicates().allMatch(loss -> loss > 0.1);
    assertThat(rows.get("style + subject: learned").get("to_mean").asDouble())
        .isCloseTo(gated - mean, within(2e-5));
    assertThat(rows.get("top 1, exact in the zoo: sum").get("loss"))
        .isEqualTo(rows.get("top 1, exact in the zoo: mean").get("loss"));

    final Document page = Jsoup.parse(root.resolve("fusion.html").toFile());
    assertThat(page.select("table").eachAttr("id"))
        .contains("style-subject", "painted-style-subject");
    assertThat(page.select("#painted-style-subject td:first-child").eachText())
        .containsExactly(
            "base",
            "exact",
            "best single retrieved",
            "sum",
            "sum/sqrt(K)",
            "mean",
            "budget",
            "learned",
            "learned + global");
    assertThat(page.select("[id^=painted]")).hasSize(10);
    final JsonNode global = rows.get("top 3, exact in the zoo: learned + global");
    assertThat(global.get("pictures").asInt()).isEqualTo(2); // one of each concept
    assertThat(global.get("both_right").asDouble())
        .isLessThanOrEqualTo(global.get("style_right").asDouble())
        .isLessThanOrEqualTo(global.get("subject_right").asDouble());
    final List<String> pictures = page.select("img").eachAttr("alt");
    assertThat(pictures).anyMatch(alt -> alt.startsWith("Adapters that are the distractor"));
    assertThat(pictures)
        .filteredOn(alt -> alt.matches("'.*', the (style|subject|distractor).*"))
        .hasSize(3);
    for (final String source : page.select("img").eachAttr("src")) {
      final byte[] png = Base64.getDecoder().decode(source.substring(source.indexOf(',') + 1));
      assertThat(ImageIO.read(new ByteArrayInputStream(png)).getWidth()).isGreaterThan(200);
    }
  }

  /** But for rounding. */
  private static void assertSame(final GateArtifact actual, final GateArtifact expected) {
    assertThat(actual.parameters().keySet()).isEqualTo(expected.parameters().keySet());
    expected
        .parameters()
        .forEach(
            (name, values) ->
                assertThat(actual.parameters().get(name))
                    .as(name)
                    .containsExactly(values, within(2e-3f)));
  }
}
