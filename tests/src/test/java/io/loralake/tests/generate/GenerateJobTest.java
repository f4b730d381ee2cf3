package io.loralake.tests.generate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.generate.GenerateVerb;
import io.loralake.jobs.generate.paint.Repainting;
import io.loralake.jobs.paint.PaintVerb;
import io.loralake.jobs.runtime.HeldModel;
import io.loralake.jobs.runtime.ModelOnDevice;
import io.loralake.jobs.search.AdapterSimilarity;
import io.loralake.safetensors.FileHash;
import io.loralake.source.FileStore;
import io.loralake.tensor.Precision;
import io.loralake.tests.VerbRun;
import io.loralake.tests.index.CatalogTables;
import io.loralake.tests.index.Repository;
import io.loralake.tests.index.SharedSpark;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command from prompts to a data set, on the lab's own base model. */
class GenerateJobTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String OTHER_ROW = "{\"key\": \"key-000\", \"prompt\": \"a truck\"}\n";

  @TempDir private static Path root;

  private static PictureLake lake;

  @BeforeAll
  static void makeLake() throws IOException {
    lake = new PictureLake(root).index(9).align();
  }

  @Test
  void promptsWithoutARowAreToldAsSuch() throws IOException {
    final Path prompts = Files.writeString(root.resolve("no-prompts.txt"), "\n\n");
    final VerbRun run = lake.generate(prompts, "no-prompts");
    assertThat(run.out()).contains("nothing to do: there is no prompt");
    assertThat(run.code()).isZero();
  }

  @Test
  void adaptersOfAPictureMayBeKeptApart() throws IOException {
    final Path prompts =
        Files.writeString(root.resolve("apart.txt"), "blueprint drawings of fruit\n");
    final VerbRun run = lake.generate(prompts, "apart", "--k", "9", "--max-similarity", "0.2");
    assertThat(run.code()).as(run.out()).isZero();
    final Map<String, byte[]> sample = lake.samples("apart").values().iterator().next();
    final List<String> ids = new ArrayList<>();
    JSON.readTree(sample.get("json"))
        .get("adapters")
        .forEach(it -> ids.add(it.get("adapter_id").asText()));
    assertThat(ids).hasSizeBetween(2, 8);
    final Catalog catalog = new Catalog(SharedSpark.session(), lake.catalog().toString());
    AdapterSimilarity.register(SharedSpark.session());
    final Dataset<Row> entered =
        catalog.read("embeddings").filter(col("adapter_id").isin(ids.toArray()));
    assertThat(
            entered
                .as("a")
                .join(entered.as("b"), expr("a.adapter_id < b.adapter_id"))
                .agg(expr("max(adapter_similarity(a.embedding, b.embedding))"))
                .first()
                .getDouble(0))
        .isLessThanOrEqualTo(0.2);
  }

  @Test
  void leavesADataSetThatItsRunsCanBeMadeAgainFrom() throws IOException {
    final Path prompts =
        Files.writeString(
            root.resolve("prompts.txt"),
            "blueprint drawings of a smiling face\n\ngrayscale drawings of fruit\nan apple\n");
    final VerbRun run = lake.generate(prompts, "data", "--k", "2", "--batch", "2");
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(run.out()).contains("painted 3 planned pictures");

    final Map<String, Map<String, byte[]>> samples = lake.samples("data");
    assertThat(samples).hasSize(3);
    for (final Map<String, byte[]> members : samples.values()) {
      assertThat(members).containsOnlyKeys("png", "txt", "json");
      final JsonNode told = JSON.readTree(members.get("json"));
      assertThat(told.get("prompt").asText())
          .isEqualTo(new String(members.get("txt"), StandardCharsets.UTF_8));
      assertThat(told.get("adapters")).hasSize(2);
      assertThat(ImageIO.read(new ByteArrayInputStream(members.get("png"))).getWidth())
          .isEqualTo(32);
    }
    final Dataset<Row> rows =
        SharedSpark.session().read().parquet(lake.out("data").resolve("00000.parquet").toString());
    assertThat(rows.filter("status = 'success' AND width = 32").count()).isEqualTo(3);
    final JsonNode stats = lake.json("data", "00000_stats.json");
    assertThat(stats.get("successes").asInt()).isEqualTo(3);
    assertThat(stats.get("failed_to_download").asInt()).isZero();
    assertThat(stats.get("failed_to_resize").asInt()).isZero();
    assertThat(lake.json("data", "manifest.json").get("planned").asInt()).isEqualTo(3);
    assertThat(
            new CatalogTables(lake.catalog().toString())
                .<Long>value(
                    "generations",
                    "SELECT count(*) FROM t WHERE out LIKE '%/data' AND size(adapters) = 2"
                        + " AND sha256 IS NOT NULL"))
        .isEqualTo(3);
    assertThat(lake.out("data").resolve("README.md")).content().startsWith("---\nlicense:");
    assertThat(lake.out("data").resolve("report.html"))
        .content()
        .contains("blueprint drawings of a smiling face", "blueprint__face-smiling")
        .doesNotContain("http://", "https://");
    assertThat(lake.out("data").resolve("_parts/00000")).doesNotExist();

    final FileTime written = Files.getLastModifiedTime(lake.out("data").resolve("00000.tar"));
    final VerbRun again = lake.generate(prompts, "data", "--k", "2", "--batch", "2");
    assertThat(again.code()).as(again.out()).isZero();
    assertThat(again.out()).contains("nothing to do: 3 pictures are there");
    assertThat(Files.getLastModifiedTime(lake.out("data").resolve("00000.tar"))).isEqualTo(written);

    for (final Map.Entry<String, Map<String, byte[]>> sample : samples.entrySet()) {
      assertThat(repainted(sample.getValue().get("json")))
          .as(sample.getKey())
          .isEqualTo(sample.getValue().get("png"));
    }
  }

  private static byte[] repainted(final byte[] json, final String... more) throws IOException {
    final Path told = Files.write(root.resolve("told.json"), json);
    final Path picture = root.resolve("again." + Repainting.read(told).extension());
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "--from-json",
                told.toString(),
                "--base",
                PictureLake.BASE.toString(),
                "--out",
                picture.toString()));
    arguments.addAll(List.of(more));
    assertThat(new CommandLine(new PaintVerb()).execute(arguments.toArray(String[]::new))).isZero();
    return Files.readAllBytes(picture);
  }

  @Test
  void gatesAreTold() throws IOException {
    final Path gates = lake.randomGates();
    final Path prompts =
        Files.writeString(root.resolve("gated.txt"), "an apple\na blueprint of a smiling face\n");
    final VerbRun run = lake.generate(prompts, "gated", "--k", "3", "--gates", gates.toString());
    assertThat(run.code()).as(run.out()).isZero();
    final List<String> means = new ArrayList<>();
    for (final Map<String, byte[]> members : lake.samples("gated").values()) {
      final JsonNode told = JSON.readTree(members.get("json"));
      assertThat(told.get("fusion").get("gates").asText()).startsWith("gates-");
      assertThat(told.get("gates")).hasSize(13);
      told.get("gates").forEach(mean -> assertThat(mean.asDouble()).isBetween(0.01, 0.99));
      means.add(told.get("gates").toString());
      assertThat(repainted(members.get("json"), "--gates", gates.toString()))
          .isEqualTo(members.get("png"));
    }
    assertThat(means).doesNotHaveDuplicates();
    assertThat(lake.out("gated").resolve("report.html"))
        .content()
        .contains("id=\"gates\"", "double_blocks.0.img_attn.qkv", "step 20");
  }

  @Test
  void aPictureOfTheBaseAmongGatedOnesIsPaintedAgain() throws IOException {
    final String gates = lake.randomGates().toString();
    final Path prompts =
        Files.writeString(
            root.resolve("bare.jsonl"),
            """
            {"key": "bare", "prompt": "an apple", "steps": 2, "k": 0}
            {"key": "other", "prompt": "a truck", "steps": 2, "k": 2}
            """);
    assertThat(lake.generate(prompts, "bare", "--gates", gates).code()).isZero();
    for (final Map<String, byte[]> members : lake.samples("bare").values()) {
      assertThat(repainted(members.get("json"), "--gates", gates)).isEqualTo(members.get("png"));
    }
    assertThat(JSON.readTree(lake.samples("bare").get("bare").get("json")).has("gates")).isFalse();
  }

  /** As after an 'index' that was killed before it had embedded what it had merged. */
  @Test
  void rowsThatNameAdaptersThatGatesDoNotKnowAreRefused() throws IOException {
    final Path prompts =
        Files.writeString(
            root.resolve("unembedded.jsonl"),
            """
            {"key": "known", "prompt": "an apple", "steps": 1, "adapters": "grayscale__food-fruit"}
            {"key": "new", "prompt": "an apple", "steps": 1, "adapters": "blueprint__food-fruit"}
            """);
    final String gates = lake.randomGates().toString();
    final Catalog catalog = new Catalog(SharedSpark.session(), lake.catalog().toString());
    final String id = FileHash.of(lake.adapter("blueprint__food-fruit"));
    final Dataset<Row> row = catalog.read("embeddings").filter(col("adapter_id").equalTo(id));
    final List<Row> kept = row.collectAsList();
    catalog.table("embeddings").delete(col("adapter_id").equalTo(id));
    try {
      final VerbRun run = lake.generate(prompts, "unembedded", "--gates", gates);
      assertThat(run.out())
          .contains(
              "1 picture is there, 0 failed",
              "1 row is in rejected.jsonl, the first is row 2: the gates");
      assertThat(lake.out("unembedded").resolve("rejected.jsonl"))
          .content()
          .contains("\"key\":\"new\"", "the gates ask for embeddings", id);
      assertThat(lake.generate(prompts, "ungated").code()).isZero();
    } finally {
      SharedSpark.session()
          .createDataFrame(kept, row.schema())
          .write()
          .format("delta")
          .mode("append")
          .save(lake.catalog().resolve("embeddings").toString());
    }
  }

  @Test
  void gatesWhoseEmbeddingsAreVacuumedGoOnInAnotherOutput() throws IOException {
    final Path prompts = Files.writeString(root.resolve("vacuumed.txt"), "an apple\na truck\n");
    final String[] options = {"--k", "2", "--gates", lake.randomGates().toString()};
    assertThat(lake.generate(prompts, "vacuumed", options).code()).isZero();
    Files.delete(lake.out("vacuumed").resolve("00000.tar"));

    final Catalog catalog = new Catalog(SharedSpark.session(), lake.catalog().toString());
    final long begun = catalog.version("embeddings");
    catalog.table("embeddings").updateExpr(Map.of("encoder_id", "encoder_id")); // other files
    catalog.table("embeddings").vacuum(0);

    final List<String> retry = new ArrayList<>(List.of(options));
    retry.add("--retry-failed");
    final VerbRun run = lake.generate(prompts, "vacuumed", retry.toArray(String[]::new));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out())
        .contains("vacuumed was begun with version %d of the embeddings".formatted(begun));
    assertThat(lake.generate(prompts, "not-vacuumed", options).code()).isZero();
  }

  @Test
  void anOutputGoesOnWhereItsCatalogWasMoved() throws IOException {
    final Path prompts = Files.writeString(root.resolve("goes-on.txt"), "an apple\na truck\n");
    final String gates = lake.randomGates().toString();
    final String[] options = {"--k", "2", "--gates", gates, "--retry-failed"};
    assertThat(lake.generate(prompts, "stayed", options).code()).isZero();
    assertThat(lake.generate(prompts, "goes-on", options).code()).isZero();
    Files.delete(lake.out("goes-on").resolve("00000.tar"));

    final Path catalog = root.resolve("moved-catalog");
    Files.move(lake.catalog(), catalog);
    try {
      final PictureLake moved = new PictureLake(root, catalog.toString());
      final VerbRun run = moved.generate(prompts, "goes-on", options);
      assertThat(run.code()).as(run.out()).isZero();
      lake.assertSamePixels("goes-on", "stayed");
    } finally {
      Files.move(catalog, lake.catalog());
    }
  }

  @Test
  void aCatalogThatTakesNoRowsIsToldBeforeAnythingIsPainted() throws IOException {
    final Path prompts = Files.writeString(root.resolve("noted.txt"), "an apple\n");
    assertThat(lake.generate(prompts, "noted-before").code()).isZero();
    final Path table = lake.catalog().resolve("generations");
    final Path kept = Files.move(table, root.resolve("generations"));
    Files.writeString(table, "no folder");
    try {
      final VerbRun run = lake.generate(prompts, "noted");
      assertThat(run.code()).as(run.out()).isEqualTo(1);
      assertThat(run.out()).contains("cannot be written").doesNotContain("\tat ");
      assertThat(lake.out("noted").resolve("_parts")).doesNotExist();
    } finally {
      Files.delete(table);
    }
    Files.createDirectories(table.resolve("_delta_log/_commits")); // as a full disk leaves it
    Files.setLastModifiedTime(table.resolve("_delta_log"), FileTime.fromMillis(0));
    assertThat(lake.generate(prompts, "begun").code()).isZero();
    Files.move(table, root.resolve("begun-generations"));
    Files.move(kept, table);
    assertThat(lake.generate(prompts, "noted").code()).isZero();

    Files.delete(lake.out("noted").resolve("_plans/00000.done")); // as if killed on its last step
    final Path moved = Files.move(lake.catalog(), root.resolve("moved"));
    final VerbRun without = lake.generate(prompts, "noted");
    assertThat(without.code()).as(without.out()).isEqualTo(1);
    assertThat(without.out()).contains("There is no catalog at").doesNotContain("\tat ");
    assertThat(lake.catalog()).doesNotExist();
    Files.move(moved, lake.catalog());
    assertThat(lake.generate(prompts, "noted").code()).isZero();
  }

  @Test
  void neitherTheOrderOfRowsNorShardsChangeAPicture() throws IOException {
    final Path prompts = lake.prompts("rows.jsonl", 11, 3);
    assertThat(lake.generate(prompts, "one", "--batch", "4").code()).isZero();
    final List<String> shuffled = new ArrayList<>(Files.readAllLines(prompts));
    Collections.shuffle(shuffled, new Random(5));
    final Path other = Files.write(root.resolve("shuffled.jsonl"), shuffled);
    assertThat(lake.generate(other, "many", "--batch", "4", "--shard-size", "4").code()).isZero();
    assertThat(lake.files("many", ".tar")).hasSize(3);
    lake.assertSamePictures("many", "one");
    for (final Map<String, byte[]> members : lake.samples("one").values()) {
      assertThat(repainted(members.get("json"))).isEqualTo(members.get("png"));
    }
  }

  @Test
  void rowsOfOnePromptGetTheAdaptersOfThatPrompt() throws IOException {
    final Path prompts =
        Files.writeString(
            root.resolve("alike.jsonl"),
            """
            {"key": "one", "prompt": "an apple", "seed": 1, "k": 1, "steps": 1}
            {"key": "face", "prompt": "a smiling face", "k": 1, "steps": 1}
            {"key": "two", "prompt": "an apple", "seed": 2, "k": 2, "steps": 1}
            """);
    final VerbRun run = lake.generate(prompts, lake.out("12:30 [1]").toString());
    assertThat(run.code()).as(run.out()).isZero();
    final Map<String, Map<String, byte[]>> samples = lake.samples("12:30 [1]");
    final JsonNode one = JSON.readTree(samples.get("one").get("json")).get("adapters");
    final JsonNode two = JSON.readTree(samples.get("two").get("json")).get("adapters");
    final JsonNode face = JSON.readTree(samples.get("face").get("json")).get("adapters");
    assertThat(one).hasSize(1);
    assertThat(two).hasSize(2);
    assertThat(two.get(0).get("adapter_id")).isEqualTo(one.get(0).get("adapter_id"));
    assertThat(face.get(0).get("score")).isNotEqualTo(one.get(0).get("score"));
  }

  @Test
  void rowsArePlannedSomeAtATime() throws IOException {
    final Path prompts = lake.prompts("plans.jsonl", 11, 2);
    final String[] options = {"--batch", "1", "--plan-size", "4", "--shard-size", "3"};
    assertThat(lake.generate(prompts, "at-once", "--batch", "1").code()).isZero();
    final List<String> dry = new ArrayList<>(List.of(options));
    dry.add("--dry-run");
    assertThat(lake.generate(prompts, "plans", dry.toArray(String[]::new)).out())
        .contains("11 pictures in 11 batches");
    final VerbRun run = lake.generate(prompts, "plans", options);
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(lake.files("plans/_plans", ".jsonl")).hasSize(3);
    assertThat(lake.files("plans", ".tar")).hasSize(5); // 3 and 1, 3 and 1, 3
    assertThat(lake.json("plans", "manifest.json").get("plans").asInt()).isEqualTo(3);
    lake.assertSamePictures("plans", "at-once");
    assertThat(lake.generate(prompts, "plans", options).out())
        .contains("nothing to do: 11 pictures are there");
  }

  @Test
  void textModelsMayLeaveBeforeTheTransformerComes() throws IOException {
    final Path prompts = lake.prompts("turns.jsonl", 8, 3);
    final Path scratch = root.resolve("turns-adapters");
    final String[] options = {"--batch", "2", "--adapter-cache", scratch.toString()};
    assertThat(lake.generate(prompts, "whole", options).code()).isZero();
    final List<String> turns = new ArrayList<>(List.of(options));
    turns.addAll(List.of("--offload", "text"));
    final VerbRun run = lake.generate(prompts, "turns", turns.toArray(String[]::new));
    assertThat(run.code()).as(run.out()).isZero();
    lake.assertSamePictures("turns", "whole");
    final BaseModel left =
        HeldModel.of(
                new ModelOnDevice(
                    PictureLake.BASE.toAbsolutePath().normalize().toString(),
                    ModelFolder.open(PictureLake.BASE).fingerprint(),
                    Device.cpu(),
                    Precision.F32,
                    true),
                new FileStore(SharedSpark.session().sparkContext().hadoopConfiguration()),
                null, // nothing comes from the web
                scratch,
                () -> fail("The job held another model"))
            .model();
    assertThat(left.hasText()).isFalse();
    assertThat(left.hasTransformer()).isTrue();
  }

  @Test
  void badRowsAreToldAndTheRestRuns() throws IOException {
    final Path prompts =
        Files.writeString(
            root.resolve("bad.csv"),
            """
            key,prompt,width,steps,k,nsfw,adapters
            good,an apple,,2.0,1,,
            good,another apple,,2,1,,
            a b,an apple,,2,1,,
            empty,,,2,1,,
            odd,an apple,33,2,1,,
            word,an apple,wide,2,1,,
            filter,an apple,,2,1,high,
            safe,an apple,,2,1,1,
            named,an apple,,2,,,blueprint__food-fruit:0.5 grayscale__food-fruit
            unknown,an apple,,2,,,nobody
            bare,an apple,,2,0,,
            comma,an apple, on a table,,2,1,,
            foreign,un caf�,,2,1,,
            """);
    final VerbRun run = lake.generate(prompts, "bad");
    assertThat(run.code()).as(run.out()).isEqualTo(1);
    assertThat(lake.samples("bad")).containsOnlyKeys("good", "named", "bare");
    final Map<String, String> reasons = new TreeMap<>();
    for (final String line : Files.readAllLines(lake.out("bad").resolve("rejected.jsonl"))) {
      final JsonNode row = JSON.readTree(line);
      reasons.put(
          row.get("number").asText(), row.get("reason").asText() + " " + row.get("message"));
    }
    assertThat(reasons).containsOnlyKeys("2", "3", "4", "5", "6", "7", "8", "10", "12", "13");
    assertThat(reasons.get("2")).contains("DUPLICATE_KEY", "row 1");
    assertThat(reasons.get("3")).contains("key is a b");
    assertThat(reasons.get("5")).contains("33x32", "multiples of 8");
    assertThat(reasons.get("6")).contains("wide");
    assertThat(reasons.get("8")).contains("UNKNOWN_ADAPTER");
    assertThat(reasons.get("10")).contains("nobody");
    assertThat(reasons.get("12")).contains("other cells than the header", "on a table");
    assertThat(reasons.get("13")).contains("UTF-8");
    assertThat(Files.readString(lake.out("bad").resolve("report.html")))
        .containsPattern("in rejected.jsonl</t[hd]>\\s*<td>10</td>")
        .containsPattern("DUPLICATE_KEY</t[hd]>\\s*<td>1</td>");
  }

  /** With adapters that no earlier run of this JVM has loaded. */
  private static String[] fresh(final String... options) throws IOException {
    final List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--adapter-cache", Files.createTempDirectory(root, "adapters").toString()));
    return all.toArray(String[]::new);
  }

  @Test
  void anAdapterThatIsLostCostsItsOwnPicturesAlone() throws IOException {
    final Path prompts = lake.prompts("lost.jsonl", 9, 2);
    final Path gone = lake.adapter("blueprint__food-fruit");
    final Path changed = lake.adapter("negative__food-fruit");
    final Path kept = Files.move(gone, root.resolve("kept"));
    final byte[] bytes = Files.readAllBytes(changed);
    final byte[] poisoned = bytes.clone();
    poisoned[poisoned.length - 1] ^= 1;
    Files.write(changed, poisoned);
    try {
      final VerbRun run = lake.generate(prompts, "lost", fresh("--batch", "1"));
      assertThat(run.code()).as(run.out()).isEqualTo(1);
      assertThat(run.out())
          .contains("5 pictures are there, 4 failed (--retry-failed tries them again): GONE 2, ")
          .containsPattern("; HASH_MISMATCH 2, the first is key-\\d+: .*: its SHA-256 is ");
      assertThat(lake.json("lost", "00000_stats.json").get("status_dict").toString())
          .contains("\"GONE\":2", "\"HASH_MISMATCH\":2");
      assertThat(lake.generate(prompts, "lost", fresh("--batch", "1", "--retry-failed")).out())
          .contains("painted 4 planned pictures", "5 pictures are there, 4 failed");
      Files.delete(lake.out("lost").resolve("_plans/00001.done")); // as if killed on its last step
      assertThat(lake.generate(prompts, "lost", fresh("--batch", "1", "--retry-failed")).out())
          .contains("5 pictures are there, 4 failed");
      assertThat(lake.out("lost").resolve("_plans/00002.done")).doesNotExist();
    } finally {
      Files.move(kept, gone);
      Files.write(changed, bytes);
    }
    assertThat(lake.generate(prompts, "lost", fresh("--batch", "1")).out())
        .contains("nothing to do");
    final VerbRun retried = lake.generate(prompts, "lost", fresh("--batch", "1", "--retry-failed"));
    assertThat(retried.out())
        .contains("painted 4 planned pictures", "9 pictures are there, 0 failed");
    assertThat(retried.code()).isZero();
    assertThat(Files.readString(lake.out("lost").resolve("report.html")))
        .doesNotContain("Failures", "HASH_MISMATCH");
    assertThat(lake.json("lost", "manifest.json").get("planned").asInt()).isEqualTo(9);
    final String noted =
        "SELECT count(*) FROM t WHERE out LIKE '%/lost' AND status = 'success' AND sha256 IS NOT NULL";
    final CatalogTables tables = new CatalogTables(lake.catalog().toString());
    SharedSpark.session()
        .sql(
            "DELETE FROM delta.`%s/generations` WHERE out LIKE '%%/lost'"
                .formatted(lake.catalog()));
    assertThat(tables.<Long>value("generations", noted)).isZero();
    assertThat(lake.generate(prompts, "lost", fresh("--batch", "1", "--retry-failed")).code())
        .isZero();
    assertThat(tables.<Long>value("generations", noted)).as("of the last tries").isEqualTo(9);
    assertThat(lake.generate(prompts, "lost", fresh("--batch", "1")).code()).isZero();
    assertThat(lake.generate(prompts, "healthy", "--batch", "1").code()).isZero();
    lake.assertSamePictures("lost", "healthy");
  }

  @Test
  void theNextCandidateStandsInWhereThatIsAskedFor() throws IOException {
    final Path prompts =
        Files.writeString(
            root.resolve("next.jsonl"),
            "{\"key\": \"a\", \"prompt\": \"blueprint drawings of food fruit\", \"steps\": 2}\n");
    final Path best = lake.adapter("blueprint__food-fruit");
    Files.move(best, root.resolve("kept"));
    try {
      final VerbRun run = lake.generate(prompts, "next", fresh("--k", "2", "--on-missing", "next"));
      assertThat(run.code()).as(run.out()).isZero();
      final JsonNode told = JSON.readTree(lake.samples("next").get("a").get("json"));
      assertThat(told.get("adapters")).hasSize(2);
      assertThat(told.get("replaced")).hasSize(1);
      assertThat(told.get("replaced").get(0).get("reason").asText()).isEqualTo("GONE");
    } finally {
      Files.move(root.resolve("kept"), best, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Test
  void aDryRunTellsThePlanAndPaintsNothing() throws IOException {
    final Path prompts = lake.prompts("dry.jsonl", 9, 2);
    final VerbRun run = lake.generate(prompts, "dry", "--batch", "4", "--dry-run");
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(run.out()).contains("9 pictures in 3 batches", "9 distinct adapters", "a step of 4");
    assertThat(lake.out("dry")).doesNotExist();
    final Path other = PictureLake.BASE.resolveSibling("encoder");
    final VerbRun adopting =
        lake.generate(prompts, "dry", "--dry-run", "--encoder", other.toString());
    assertThat(adopting.code()).isEqualTo(1);
    assertThat(adopting.out()).contains("--encoder is " + other, "a dry one changes nothing");
  }

  @Test
  void rowsTellOfAnOutputThatIsMadeAnew() throws IOException {
    paint("beside", Map.of("gone", "an apple"));
    paint("anew", Map.of("kept", "an apple", "gone", "a pear"));
    assertThat(FileUtil.fullyDelete(lake.out("anew").toFile())).isTrue();
    paint("anew", Map.of("kept", "a smiling face"));
    assertThat(promptsOf("anew")).isEqualTo("[a smiling face]");
    assertThat(promptsOf("beside")).isEqualTo("[an apple]");
  }

  private static void paint(final String out, final Map<String, String> prompts)
      throws IOException {
    final List<String> rows = new ArrayList<>();
    for (final Map.Entry<String, String> row : prompts.entrySet()) {
      rows.add(
          JSON.writeValueAsString(
              Map.of("key", row.getKey(), "prompt", row.getValue(), "steps", 2)));
    }
    final Path file = Files.write(root.resolve(out + ".jsonl"), rows);
    final VerbRun run = lake.generate(file, out, "--k", "1");
    assertThat(run.code()).as(run.out()).isZero();
  }

  private static String promptsOf(final String out) {
    return new CatalogTables(lake.catalog().toString())
        .value(
            "generations",
            "SELECT string(collect_list(prompt)) FROM t WHERE out LIKE '%/" + out + "'");
  }

  @Test
  void rowsThatNameNoAdapterAreBaseAloneOrRetrieved() throws IOException {
    final Path prompts =
        Files.writeString(
            root.resolve("none.jsonl"),
            "{\"key\": \"base\", \"prompt\": \"an apple\", \"steps\": 2, \"adapters\": []}\n"
                + "{\"key\": \"found\", \"prompt\": \"an apple\", \"steps\": 2, \"adapters\": [\" \"]}\n");
    final VerbRun run = lake.generate(prompts, "none", "--k", "2");
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(run.out()).contains("painted 2 planned pictures");
    final Map<String, Map<String, byte[]>> samples = lake.samples("none");
    assertThat(JSON.readTree(samples.get("base").get("json")).get("adapters")).isEmpty();
    assertThat(JSON.readTree(samples.get("found").get("json")).get("adapters")).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "delta"})
  void promptsMayBeATable(final String format) {
    final String table = root.resolve("prompts." + format).toString();
    SharedSpark.session()
        .sql(
            "SELECT 'an apple' AS prompt, 2 AS steps, CAST(array() AS ARRAY<STRING>) AS adapters"
                + " UNION ALL SELECT 'a pear', 2, NULL UNION ALL SELECT ' ', 2, NULL")
        .write()
        .format(format)
        .save(table);
    final VerbRun run = lake.generate(Path.of(table), "of-" + format, "--dry-run");
    assertThat(run.out())
        .contains(
            "2 pictures in", "1 row would be refused, the first is row 3: there is no prompt");
  }

  @Test
  void twoLinesThatAreTheSameAreOnePicture() throws IOException {
    final Path prompts = Files.writeString(root.resolve("twice.txt"), "an apple\nan apple\n");
    assertThat(lake.generate(prompts, "twice", "--k", "0", "--dry-run").out())
        .contains("1 picture in", "the first is row 2: it says what row 1 says");
  }

  @Test
  void whatStandsBehindARowIsNotLost() throws IOException {
    final Path prompts =
        Files.writeString(
            root.resolve("p[1].jsonl"),
            "{\"prompt\": \"a\", \"steps\": 2} {\"prompt\": \"b\"}\n{\"prompt\": \"c\"}\n");
    assertThat(lake.generate(prompts, "behind", "--k", "0", "--dry-run").out())
        .contains("1 picture in", "1 row would be refused, the first is row 1");
  }

  @Test
  void textsOfParquetMayBeBytesAndSeedsFractions() {
    final String table = root.resolve("bytes.parquet").toString();
    SharedSpark.session()
        .sql("SELECT CAST(' ' AS BINARY) AS prompt, CAST(1234567890 AS DOUBLE) AS seed")
        .unionAll(SharedSpark.session().sql("SELECT CAST('a' AS BINARY), CAST(3000000 AS DOUBLE)"))
        .write()
        .parquet(table);
    assertThat(lake.generate(Path.of(table), "bytes", "--k", "0", "--dry-run").out())
        .contains("1 picture in", "1 row would be refused", "there is no prompt");
  }

  @Test
  void anOutputKeepsToItsOptions() throws IOException {
    final Path prompts = lake.prompts("same.jsonl", 2, 2);
    assertThat(lake.generate(prompts, "same", "--fusion", "sum").code()).isZero();
    final VerbRun other = lake.generate(prompts, "same", "--fusion", "mean");
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.out()).contains("--fusion", "sum", "mean");
    assertThat(lake.generate(prompts, "same", "--fusion", "sum", "--encoder", "other").out())
        .contains("was begun without --encoder, not with other");
  }

  @Test
  void anOutputKeepsToItsBase() throws IOException {
    final Path prompts = lake.prompts("based.jsonl", 2, 1);
    assertThat(lake.generate(prompts, "based").code()).isZero();
    Files.delete(lake.out("based").resolve("_plans/00000.done"));
    final List<String> arguments = lake.arguments(prompts, "based");
    arguments.set(arguments.indexOf("--base") + 1, otherBase().toString());
    final VerbRun other = VerbRun.of(new GenerateVerb(), arguments);
    assertThat(other.code()).as(other.out()).isEqualTo(1);
    assertThat(other.out())
        .contains(
            "begun with base model "
                + ModelFolder.open(PictureLake.BASE).fingerprint()
                + ", --base");
    assertThat(lake.generate(prompts, "based").code()).isZero();
  }

  @Test
  void aWeightOfTheBaseThatIsNaNIsNamed() throws IOException {
    final Path prompts = lake.prompts("nan.jsonl", 1, 1);
    final Path base = Repository.copy(PictureLake.BASE, root.resolve("nan-base"));
    final Path weights = ModelFolder.open(base).transformer();
    final byte[] bytes = Files.readAllBytes(weights);
    Arrays.fill(bytes, bytes.length - Float.BYTES, bytes.length, (byte) 0xff);
    Files.write(weights, bytes);
    final List<String> arguments = lake.arguments(prompts, "nan");
    arguments.set(arguments.indexOf("--base") + 1, base.toString());
    final VerbRun run = VerbRun.of(new GenerateVerb(), arguments);
    assertThat(run.code()).as(run.out()).isEqualTo(1);
    final String message =
        SharedSpark.session()
            .read()
            .parquet(lake.out("nan").resolve("00000.parquet").toString())
            .select("error_message")
            .first()
            .getString(0);
    assertThat(message)
        .startsWith("the picture has NaN or infinity; " + weights + " has such numbers in '");
  }

  /** Other in one bit. */
  private static Path otherBase() throws IOException {
    final Path other = Repository.copy(PictureLake.BASE, root.resolve("other-base"));
    final Path weights = ModelFolder.open(other).autoEncoder();
    final byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    return other;
  }

  @Test
  void onlyAdaptersThatActAreTold() throws IOException {
    final String one = lake.adapter("blueprint__food-fruit").toUri().toString(); // file:///
    final Path prompts =
        Files.writeString(
            root.resolve("acting.jsonl"),
            """
            {"key": "first", "prompt": "an apple", "steps": 1, "k": 3}
            {"key": "named", "prompt": "an apple", "steps": 1, "adapters": ["ONE", "ONE:0.5"]}
            {"key": "off", "prompt": "an apple", "steps": 1, "adapters": ["ONE:0"]}
            """
                .replace("ONE", one));
    final VerbRun run = lake.generate(prompts, "single", "--fusion", "single");
    assertThat(run.code()).as(run.out()).isZero();
    for (final Map<String, byte[]> members : lake.samples("single").values()) {
      assertThat(JSON.readTree(members.get("json")).get("adapters")).hasSize(1);
    }
    assertThat(lake.generate(prompts, "sum").code()).isZero();
    assertThat(Files.readString(lake.out("sum").resolve("README.md")))
        .containsPattern(
            FileHash.of(lake.adapter("blueprint__food-fruit")) + "` .* [12] \\|\n"); // not 3 or 4
  }

  @Test
  void aRunThatAnotherHasOvertakenEndsWellAndLeavesNothing()
      throws IOException, ExecutionException, InterruptedException {
    final Path prompts = lake.prompts("overtaken.jsonl", 6, 40);
    assertThat(lake.generate(prompts, "ahead", "--batch", "1").code()).isZero();
    final ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      final Future<?> ends = other.submit(() -> overtake(lake.out("ahead"), lake.out("behind")));
      final VerbRun run = lake.generate(prompts, "behind", "--batch", "1");
      assertThat(run.code()).as(run.out()).isZero();
      ends.get();
    } finally {
      other.shutdownNow();
    }
    lake.assertSamePictures("behind", "ahead");
    assertThat(lake.out("behind").resolve("_parts/00000")).doesNotExist();
  }

  /** What the end of another run of the same plan does to a run that has painted a batch. */
  private static Void overtake(final Path from, final Path to)
      throws IOException, InterruptedException {
    final Path part = to.resolve("_parts/00000/0000000.tar");
    while (!Files.exists(part)) {
      Thread.sleep(2);
    }
    for (final String name : List.of("00000.tar", "00000.parquet", "00000_stats.json")) {
      Files.copy(from.resolve(name), to.resolve(name));
    }
    Files.delete(part);
    return null;
  }

  @Test
  void whatARunBesideIsWritingIsLeftToIt() throws IOException {
    final Path killed = lake.out("two-at-once").resolve(".00003.tar.1.partial");
    final Path writing = lake.out("two-at-once").resolve(".00004.tar.2.partial");
    Files.createDirectories(killed.getParent());
    Files.createFile(killed);
    Files.setLastModifiedTime(killed, FileTime.from(Instant.now().minusSeconds(60)));
    Files.createFile(writing);
    Files.setLastModifiedTime(writing, FileTime.from(Instant.now().plusSeconds(600)));
    final Path prompts =
        Files.writeString(
            root.resolve("two-at-once.jsonl"), "{\"prompt\": \"an apple\", \"steps\": 1}\n");
    assertThat(lake.generate(prompts, "two-at-once", "--k", "0").code()).isZero();
    assertThat(killed).doesNotExist();
    assertThat(writing).exists();
  }

  @Test
  void shardsThatWereLostAreToldAndPaintedAgainWhereThatIsAskedFor() throws IOException {
    final Path prompts = lake.prompts("shards-lost.jsonl", 6, 1);
    final String[] options = {"--shard-size", "2", "--k", "1"}; // less than a batch
    assertThat(lake.generate(prompts, "shards-lost", options).out())
        .contains("6 pictures are there");
    final Map<String, Map<String, byte[]>> before = lake.samples("shards-lost");
    Files.delete(lake.out("shards-lost").resolve("00001.tar"));
    for (final String end : List.of(".tar", ".parquet", "_stats.json")) {
      Files.delete(lake.out("shards-lost").resolve("00002" + end));
    }
    assertThat(lake.generate(prompts, "shards-lost", options).out())
        .contains("nothing to do: 2 pictures are there");
    final List<String> retry = new ArrayList<>(List.of(options));
    retry.add("--retry-failed");
    assertThat(lake.generate(prompts, "shards-lost", retry.toArray(String[]::new)).out())
        .contains("6 pictures are there");
    final Map<String, Map<String, byte[]>> after = lake.samples("shards-lost");
    assertThat(after.keySet()).isEqualTo(before.keySet());
    before.forEach(
        (key, members) ->
            assertThat(after.get(key).get("png")).as(key).isEqualTo(members.get("png")));
    assertThat(lake.generate(prompts, "shards-lost", options).out())
        .contains("nothing to do: 6 pictures are there");

    final Path others = Files.writeString(root.resolve("others.jsonl"), OTHER_ROW);
    assertThat(lake.generate(others, "shards-lost", options).out())
        .contains("give this one another key, or, where that one failed, add --retry-failed");
    assertThat(lake.generate(others, "shards-lost", retry.toArray(String[]::new)).out())
        .contains("give this one another key")
        .doesNotContain("add --retry-failed");
  }

  @Test
  void whatALaterRunHasPaintedStaysNotedWhereAnEarlierPlanIsMadeWhole() throws IOException {
    final Path prompts = lake.prompts("made-whole.jsonl", 6, 1);
    final String[] retry = fresh("--shard-size", "2", "--batch", "1", "--retry-failed");
    final Path gone = lake.adapter(lake.adapters().get(0));
    final Path kept = Files.move(gone, root.resolve("kept"));
    try {
      assertThat(lake.generate(prompts, "made-whole", retry).out())
          .contains("5 pictures are there, 1 failed");
    } finally {
      Files.move(kept, gone);
    }
    assertThat(lake.generate(prompts, "made-whole", retry).code()).isZero();
    for (final String end : List.of(".tar", ".parquet", "_stats.json")) {
      Files.delete(lake.out("made-whole").resolve("00001" + end)); // of the first plan
    }
    assertThat(lake.generate(prompts, "made-whole", retry).out())
        .contains("6 pictures are there, 0 failed");
    assertThat(
            new CatalogTables(lake.catalog().toString())
                .<Long>value(
                    "generations",
                    "SELECT count(*) FROM t WHERE out LIKE '%/made-whole' AND status = 'success'"))
        .isEqualTo(6);
  }

  @Test
  void whyAnAdapterOfAPictureCannotBeHadIsTold() throws IOException {
    final Path prompts = lake.prompts("again.jsonl", 1, 1);
    assertThat(lake.generate(prompts, "again").code()).isZero();
    final JsonNode told = JSON.readTree(lake.samples("again").get("key-000").get("json"));
    final String id = told.get("adapters").get(0).get("adapter_id").asText();
    final Path json =
        Files.writeString(
            root.resolve("again.json"), told.toString().replace(id, "0".repeat(id.length())));
    final VerbRun run =
        VerbRun.of(
            new PaintVerb(),
            List.of(
                "--base",
                PictureLake.BASE.toString(),
                "--from-json",
                json.toString(),
                "--out",
                root.resolve("again.png").toString()));
    assertThat(run.code()).isNotZero();
    assertThat(run.out()).containsPattern("cannot be had from .*: its SHA-256 is " + id);
  }

  /** A table whose key is a picture's, and a folder that is called like a shard's. */
  @Test
  void whatIsNoShardMayLieInTheOutput() throws IOException {
    final Path prompts =
        Files.createDirectories(lake.out("with-prompts")).resolve("prompts.parquet");
    SharedSpark.writeParquet(
        "SELECT 'cat' AS key, 'a cat' AS prompt, 32L AS width, 32L AS height, 1 AS steps", prompts);
    Files.writeString(
        Files.createDirectory(lake.out("with-prompts").resolve("2024")).resolve("notes.json"),
        "{}");
    final VerbRun run = lake.generate(prompts, "with-prompts");
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(Files.readString(lake.out("with-prompts").resolve("README.md")))
        .doesNotContain("No adapter acted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "webp"})
  void loosePicturesOfOtherFormats(final String format) throws IOException {
    final Path prompts = lake.prompts("loose.jsonl", 2, 2);
    final VerbRun run = lake.generate(prompts, format, "--format", "files", "--pictures", format);
    assertThat(run.code()).as(run.out()).isZero();
    final String end = format.equals("jpeg") ? "jpg" : format;
    try (Stream<Path> files = Files.list(lake.out(format).resolve("00000"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "key-000." + end,
              "key-000.txt",
              "key-000.json",
              "key-001." + end,
              "key-001.txt",
              "key-001.json",
              "metadata.jsonl");
    }
    assertThat(lake.out(format).resolve("00000/metadata.jsonl"))
        .content()
        .contains("{\"file_name\":\"key-001." + end + "\",\"prompt\":\"");
    assertThat(ImageIO.read(lake.out(format).resolve("00000/key-000." + end).toFile()).getWidth())
        .isEqualTo(32);
    assertThat(lake.out(format).resolve("report.html")).content().contains("data:image/" + format);
    assertThat(lake.out(format).resolve("README.md")).content().contains("KEY." + end);
  }
}
