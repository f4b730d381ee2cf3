package io.loralake.tests.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.RidgeTraining;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.Main;
import io.loralake.jobs.alignment.CaptionSource;
import io.loralake.jobs.alignment.Captions;
import io.loralake.jobs.alignment.TrainAlignmentJob;
import io.loralake.jobs.alignment.TrainAlignmentVerb;
import io.loralake.jobs.alignment.TrainingOptions;
import io.loralake.jobs.alignment.TrainingResult;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.catalog.EncoderStore;
import io.loralake.jobs.evaluate.EvaluateVerb;
import io.loralake.jobs.runtime.JsonRows;
import io.loralake.jobs.search.AdapterEmbedder;
import io.loralake.jobs.search.AdapterSimilarity;
import io.loralake.jobs.search.FoundAdapter;
import io.loralake.jobs.search.SearchJob;
import io.loralake.jobs.search.SearchOptions;
import io.loralake.jobs.search.SearchVerb;
import io.loralake.jobs.search.TextEmbedder;
import io.loralake.tensor.DType;
import io.loralake.tests.VerbRun;
import io.loralake.tests.index.CatalogTables;
import io.loralake.tests.index.SharedSpark;
import io.loralake.tests.lab.LabZoo;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** From files to answers: index, train, search, and a catalog that grows afterwards. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AlignmentTest {
  private static final String HELD_OUT = "lora-%08x.safetensors".formatted("nightfish".hashCode());

  private static final String IDS = "SELECT adapter_id, encoder_id FROM t ORDER BY adapter_id";

  @TempDir private static Path root;

  private static SyntheticZoo zoo;

  @BeforeAll
  static void index() throws IOException {
    zoo = new SyntheticZoo("lab");
    final List<String> lines = zoo.write(root.resolve("zoo"));
    final List<String> some =
        new ArrayList<>(lines.stream().filter(line -> !line.contains(HELD_OUT)).toList());
    Files.write(root.resolve("captions.jsonl"), some);
    some.add("{\"file\": \"nowhere.safetensors\", \"captions\": [\"a ghost\"]}");
    some.add("{\"file\": \"broken");
    Files.write(root.resolve("bad-captions.jsonl"), some);
    assertThat(runIndex()).isEqualTo(48);
  }

  @Test
  @Order(1)
  void captionsAreLinesOrATableAndAddUp() throws IOException {
    final Path table =
        Files.writeString(
            root.resolve("captions.csv"),
            "file,captions,group,weight\n%s,\"a line\nof two\",mine,2\n%s,other,,\n"
                .formatted(HELD_OUT, HELD_OUT));
    final Captions both = captions(table).get(0);
    assertThat(both.texts()).containsExactly("a line\nof two", "other");
    assertThat(both.group()).isEqualTo("mine");
    assertThat(both.weight()).isEqualTo(2);
    final Path lines =
        Files.writeString(
            root.resolve("texts.jsonl"),
            "{\"file\": \"%s\", \"captions\": \"[old] text\"}\n".formatted(HELD_OUT));
    assertThat(captions(lines).get(0).texts()).containsExactly("[old] text");
  }

  @Test
  @Order(1)
  void emptyCellsAreNeitherGroupNorWeight() throws IOException {
    for (final String gap : List.of("\"\",\"\"", "\" \",", "NaN,")) {
      final Path table =
          Files.writeString(
              root.resolve("gaps.csv"),
              "file,captions,group,weight\n%s,a fish,%s\n".formatted(HELD_OUT, gap));
      final Captions only = captions(table).get(0);
      assertThat(only.group()).as(gap).isEqualTo(only.family());
      assertThat(only.weight()).isEqualTo(1);
    }
  }

  private static List<Captions> captions(final Path file) {
    return new CaptionSource(SharedSpark.session(), new Catalog(SharedSpark.session(), catalog()))
        .read(Optional.of(file.toString()))
        .captions();
  }

  @Test
  @Order(1)
  void captionsThatAreAllTheSameAreRefused() throws IOException {
    final List<String> same = new ArrayList<>();
    for (final String line : Files.readAllLines(root.resolve("captions.jsonl"))) {
      same.add(line.replaceAll("\"captions\": ?\\[.*?\\]", "\"captions\": [\"my lora\"]"));
    }
    Files.write(root.resolve("same.jsonl"), same);
    assertThatThrownBy(() -> train("same.jsonl", "ridge", 0, 0))
        .hasMessageContaining("'my lora': nothing tells them apart");
  }

  private static long runIndex() {
    return SyntheticZoo.index(root.resolve("zoo"), catalog()).indexed();
  }

  private static String catalog() {
    return root.resolve("catalog").toString();
  }

  private static CatalogTables tables() {
    return new CatalogTables(catalog());
  }

  private static TrainingResult train(
      final String captions, final String head, final int shards, final double validation) {
    return train(captions, head, shards, validation, OptionalInt.empty());
  }

  private static TrainingResult train(
      final String captions,
      final String head,
      final int shards,
      final double validation,
      final OptionalInt driverUpTo) {
    return new TrainAlignmentJob(
            SharedSpark.session(),
            new TrainingOptions(
                catalog(),
                Optional.of(root.resolve(captions).toString()),
                Optional.empty(),
                head,
                "minilm",
                validation,
                0,
                shards,
                driverUpTo,
                Optional.empty(),
                Optional.of(root.resolve("out")),
                RidgeTraining.Options.DEFAULT,
                ContrastiveOptions.DEFAULT.withSteps(60)))
        .run();
  }

  private static SearchOptions search(final int k, final Map<String, String> filters) {
    return new SearchOptions(catalog(), k, filters, OptionalLong.empty(), 0, "minilm");
  }

  private static List<FoundAdapter> find(final String prompt, final int k) throws IOException {
    return new SearchJob(SharedSpark.session(), search(k, Map.of()))
        .prompts(List.of(prompt))
        .get(0);
  }

  @Test
  @Order(1)
  void withoutAnEncoderASearchSaysWhatToDo() {
    assertThatThrownBy(() -> find("cats", 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no encoder yet")
        .hasMessageContaining("train-alignment");
    assertThatThrownBy(
            () ->
                new SearchJob(
                        SharedSpark.session(),
                        new SearchOptions(
                            root.resolve("no").toString(),
                            1,
                            Map.of(),
                            OptionalLong.empty(),
                            0,
                            "minilm"))
                    .like("x"))
        .hasMessageContaining("There is no catalog at");
  }

  @Test
  @Order(1)
  void anEmptyWordIsNoQuestion() {
    for (final List<String> empty : List.of(List.of(""), List.of("--like", " "))) {
      final List<String> words = new ArrayList<>(List.of("--catalog", catalog()));
      words.addAll(empty);
      final VerbRun run = VerbRun.of(new SearchVerb(), words);
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.out())
          .containsPattern("(PROMPT is '', allowed is a|--like is ' ', allowed is an)");
    }
  }

  @Test
  @Order(2)
  void aPromptFindsAnAdapterThatHasNoCaption() throws IOException {
    final TrainingResult result = train("bad-captions.jsonl", "ridge", 0, 0);
    assertThat(result.refused())
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).contains("nowhere.safetensors", "no such file"))
        .anySatisfy(line -> assertThat(line).contains("not a JSON object", "broken"));
    assertThat(result.embedded()).isEqualTo(48);
    assertThat(result.unseen().orElseThrow().at(5)).isGreaterThan(0.8);
    assertThat(find("a night picture of fish", 3).get(0).uri()).endsWith(HELD_OUT);
    assertThat(
            tables()
                .<Long>value("embeddings", "SELECT count(*) FROM t WHERE out_of_fold IS NOT NULL"))
        .isEqualTo(47);
  }

  @Test
  @Order(3)
  void passesOnSparkGiveTheRidgeOfTheDriver() {
    final TrainingResult dual = train("captions.jsonl", "ridge", 0, 0.2);
    final List<Row> before =
        tables().query("embeddings", "SELECT embedding FROM t ORDER BY adapter_id");
    final TrainingResult passes = train("captions.jsonl", "ridge", 0, 0.2, OptionalInt.of(1));
    assertThat(passes.card().training()).containsKey("passes");
    assertThat(dual.card().training()).doesNotContainKey("passes");
    assertAlike(
        before, tables().query("embeddings", "SELECT embedding FROM t ORDER BY adapter_id"));
  }

  private static void assertAlike(final List<Row> before, final List<Row> after) {
    assertThat(after).hasSameSizeAs(before);
    for (int i = 0; i < before.size(); i++) {
      final List<Float> a = before.get(i).getList(0);
      final List<Float> b = after.get(i).getList(0);
      double dot = 0;
      for (int j = 0; j < a.size(); j++) {
        dot += (double) a.get(j) * b.get(j);
      }
      assertThat(dot).isGreaterThan(0.9999);
    }
  }

  @Test
  @Order(3)
  void theContrastiveHeadIsTheSameOnSparkAndInTheDriver() {
    final TrainingResult local = train("captions.jsonl", "contrastive", 0, 0.2);
    final List<Row> before =
        tables().query("embeddings", "SELECT embedding FROM t ORDER BY adapter_id");
    final TrainingResult spark = train("captions.jsonl", "contrastive", 3, 0.2);
    final List<Row> after =
        tables().query("embeddings", "SELECT embedding FROM t ORDER BY adapter_id");
    assertThat(local.unseen().orElseThrow().at(5)).isGreaterThan(0.8);
    assertThat(spark.unseen().orElseThrow().ranks()).isEqualTo(local.unseen().get().ranks());
    assertAlike(before, after);
    assertThat(
            tables()
                .<Long>value(
                    "training_curves", "SELECT count(DISTINCT step) FROM t WHERE name = 'loss'"))
        .isEqualTo(3);
    assertThat(root.resolve("out").resolve(spark.card().id() + ".html"))
        .content()
        .contains("data:image/png;base64");
  }

  /** As one that was killed before its last row, or whose {@code --work} was at its end. */
  @Test
  @Order(3)
  void aTrainingThatComesToTheSameEncoderKeepsOneCurve() {
    final String encoder = train("captions.jsonl", "contrastive", 0, 0.2).card().id();
    assertThat(train("captions.jsonl", "contrastive", 0, 0.2).card().id()).isEqualTo(encoder);
    assertThat(
            tables()
                .<Long>value(
                    "training_curves",
                    "SELECT count(*) FROM t WHERE name = 'loss' AND encoder_id = '%s'"
                        .formatted(encoder)))
        .isEqualTo(3);
  }

  /** Their components are those of the driver up to turns, so the heads are not the same. */
  @Test
  @Order(3)
  void aContrastiveHeadIsTrainedWithoutSketchesInTheDriver() {
    final TrainingResult driver = train("captions.jsonl", "contrastive", 0, 0.2);
    for (final int shards : new int[] {0, 3}) { // rows in the driver, and on executors
      final TrainingResult passes =
          train("captions.jsonl", "contrastive", shards, 0.2, OptionalInt.of(1));
      assertThat(passes.card().dimension()).isEqualTo(driver.card().dimension());
      assertThat(passes.card().training()).containsEntry("adapters", trained(driver));
      assertThat(passes.unseen().orElseThrow().at(5)).isGreaterThan(0.8);
      assertThat(passes.embedded()).isEqualTo(48);
    }
  }

  private static String trained(final TrainingResult result) {
    return result.card().training().get("adapters");
  }

  @Test
  @Order(4)
  void whatIsIndexedLaterIsEmbeddedAndEqualUpdatesComeOnce() throws IOException {
    zoo.write(root.resolve("zoo/new.safetensors"), "sepia", "cats", DType.F16);
    SyntheticZoo.copy(root.resolve("zoo/new.safetensors"), root.resolve("zoo/copy.safetensors"));
    assertThat(runIndex()).isEqualTo(2);
    final List<FoundAdapter> found = find("a sepia picture of cats", 100);
    assertThat(found).hasSize(49);
    assertThat(found.subList(0, 4))
        .anySatisfy(hit -> assertThat(hit.uri()).containsAnyOf("/copy.", "/new."));
    final long version = tables().version("embeddings");
    assertThat(runIndex()).isZero();
    assertThat(tables().version("embeddings")).isEqualTo(version);
  }

  @Test
  @Order(5)
  void examplesFiltersAndVersions() throws IOException {
    final SearchJob job = new SearchJob(SharedSpark.session(), search(5, Map.of()));
    final List<FoundAdapter> alike = job.like(HELD_OUT);
    assertThat(alike).hasSize(5).noneSatisfy(hit -> assertThat(hit.uri()).endsWith(HELD_OUT));
    assertThatThrownBy(() -> job.like("nothing"))
        .hasMessageContaining("--like is nothing: the catalog has no adapter");
    assertThatThrownBy(
            () ->
                new SearchJob(SharedSpark.session(), search(5, Map.of("licence", "commercial")))
                    .prompts(List.of("cats")))
        .hasMessageContaining("no adapter passes {licence=commercial}");
    assertThatThrownBy(
            () ->
                new SearchJob(SharedSpark.session(), search(5, Map.of("colour", "red")))
                    .prompts(List.of("cats")))
        .hasMessageContaining("allowed keys are");
    final List<FoundAdapter> once =
        new SearchJob(
                SharedSpark.session(),
                new SearchOptions(catalog(), 3, Map.of(), OptionalLong.of(2), 0, "minilm"))
            .prompts(List.of("a night picture of fish"))
            .get(0);
    assertThat(once.get(0).uri()).endsWith(HELD_OUT);
  }

  @Test
  @Order(6)
  void hitsThatAreTooMuchAlikeComeOnce() throws IOException {
    final Map<String, Double> cosines = cosines();
    final List<String> prompts = new ArrayList<>(SyntheticZoo.captions("sepia", "cats"));
    for (int i = 0; i < 64; i++) { // enough to be spread over tasks
      prompts.add("sepia " + SyntheticZoo.SUBJECTS.get(i % 8) + " " + i);
    }
    for (final double limit : List.of(0.9, 0.0)) { // the latter takes from far down
      final SearchJob job =
          new SearchJob(SharedSpark.session(), search(5, Map.of()).withMaxSimilarity(limit));
      final List<List<FoundAdapter>> spread = job.prompts(prompts);
      for (int i = 0; i < 3; i++) {
        final List<FoundAdapter> apart = apart(find(prompts.get(i), 100), cosines, limit);
        assertThat(spread.get(i)).extracting("adapterId").isEqualTo(ids(apart));
        assertThat(job.prompts(prompts.subList(i, i + 1)).get(0))
            .extracting("adapterId")
            .isEqualTo(ids(apart));
      }
      final List<FoundAdapter> alike =
          new SearchJob(SharedSpark.session(), search(100, Map.of())).like(HELD_OUT);
      assertThat(job.like(HELD_OUT))
          .extracting("adapterId")
          .isEqualTo(ids(apart(alike, cosines, limit)));
    }
    final List<FoundAdapter> all = find(prompts.get(0), 100);
    assertThat(all.subList(0, 5)).isNotEqualTo(apart(all, cosines, 0.9));
    assertThat(all.subList(20, all.size())).containsAnyElementsOf(apart(all, cosines, 0.0));
  }

  private static Map<String, Double> cosines() {
    final SparkSession spark = SharedSpark.session();
    AdapterSimilarity.register(spark);
    new Catalog(spark, catalog()).read("embeddings").createOrReplaceTempView("e");
    final Map<String, Double> cosines = new HashMap<>();
    spark
        .sql(
            "SELECT a.adapter_id || b.adapter_id, adapter_similarity(a.embedding, b.embedding)"
                + " FROM e a JOIN e b USING (encoder_id)")
        .collectAsList()
        .forEach(row -> cosines.put(row.getString(0), row.getDouble(1)));
    return cosines;
  }

  private static List<FoundAdapter> apart(
      final List<FoundAdapter> ranked, final Map<String, Double> cosines, final double limit) {
    final List<FoundAdapter> apart = new ArrayList<>();
    for (final FoundAdapter hit : ranked) {
      if (apart.stream().allMatch(it -> cosines.get(it.adapterId() + hit.adapterId()) <= limit)) {
        apart.add(hit);
      }
    }
    return apart.subList(0, Math.min(5, apart.size()));
  }

  private static List<Object> ids(final List<FoundAdapter> hits) {
    return hits.stream().<Object>map(FoundAdapter::adapterId).toList();
  }

  @Test
  @Order(6)
  void manyPromptsAtOnceGiveWhatEachGivesAlone() throws IOException {
    final List<String> prompts = new ArrayList<>();
    for (int i = 0; i < 2; i++) { // enough to be spread over tasks
      for (final String style : SyntheticZoo.STYLES) {
        for (final String subject : SyntheticZoo.SUBJECTS) {
          prompts.add(
              "{\"key\": \"%d %s %s\", \"prompt\": \"%s of %s\"}"
                  .formatted(i, style, subject, style, subject));
        }
      }
    }
    Files.write(root.resolve("prompts.jsonl"), prompts);
    final Path out = root.resolve("hits.jsonl");
    final VerbRun search = searchAll(root.resolve("prompts.jsonl"), out, 3);
    assertThat(search.code()).isZero();
    assertThat(search.out())
        .contains(
            "prompts %d, hits %d; written to %s"
                .formatted(prompts.size(), 3 * prompts.size(), out));
    final List<String> lines = Files.readAllLines(out);
    assertThat(lines).hasSameSizeAs(prompts);
    final JsonNode line = new ObjectMapper().readTree(lines.get(4));
    assertThat(line.get("key").asText()).isEqualTo("0 blueprint fish");
    final List<FoundAdapter> alone = find("blueprint of fish", 3);
    for (int i = 0; i < 3; i++) {
      assertThat(line.get("hits").get(i).get("adapter_id").asText())
          .isEqualTo(alone.get(i).adapterId());
      assertThat(line.get("hits").get(i).get("score").asDouble())
          .isEqualTo(alone.get(i).score(), within(1e-6));
    }
    Files.writeString(out, lines.get(4) + "\n"); // as an editor does, which knows of no checksums
    assertThat(SharedSpark.session().read().json(out.toString()).count()).isEqualTo(1);
  }

  /** One that was written again under its name would be read half, or beside an older checksum. */
  @Test
  @Order(6)
  void encodersAreSeenCompleteByWhoeverReadsThem() throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("catalog/encoders"))) {
      assertThat(files)
          .isNotEmpty()
          .noneSatisfy(file -> assertThat(file.getFileName().toString()).endsWith(".crc"));
    }
  }

  /** A search for many prompts. */
  private static VerbRun searchAll(final Path prompts, final Path out, final int k) {
    return VerbRun.of(
        new SearchVerb(),
        List.of(
            "--catalog",
            catalog(),
            "--prompts",
            prompts.toString(),
            "--out",
            out.toString(),
            "--k",
            String.valueOf(k)));
  }

  @Test
  @Order(6)
  void aTableOfHitsIsReplacedAndNoOther() throws IOException {
    final Path prompts = root.resolve("two.txt");
    Files.writeString(prompts, "a night picture of fish\ncats\n");
    final Path table = root.resolve("hits");
    for (final int k : new int[] {3, 2}) {
      assertThat(searchAll(prompts, table, k).code()).isZero();
      assertThat(SharedSpark.session().read().format("delta").load(table.toString()).count())
          .isEqualTo(2 * k);
    }
    final Path other = root.resolve("catalog/embeddings");
    final long rows = SharedSpark.session().read().format("delta").load(other.toString()).count();
    final VerbRun run = searchAll(prompts, other, 3);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out())
        .contains(other + " is a table of something else, with columns adapter_id");
    assertThat(SharedSpark.session().read().format("delta").load(other.toString()).count())
        .isEqualTo(rows);
  }

  /** A file is in the place of their folder: that holds for root as well. */
  @Test
  @Order(6)
  void hitsThatCannotBeWrittenAreNotSearchedFor() throws IOException {
    final Path prompts = root.resolve("two.txt");
    Files.writeString(prompts, "a night picture of fish\ncats\n");
    final Path file = root.resolve("no-folder");
    Files.writeString(file, "");
    for (final String name : List.of("hits.jsonl", "hits")) {
      final VerbRun run = searchAll(prompts, file.resolve(name), 3);
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.out())
          .contains("--out is " + file.resolve(name) + ", which cannot be written")
          .doesNotContain("\tat ");
    }
    final Path free = root.resolve("free");
    assertThat(searchAll(prompts, Files.createDirectory(free).resolve("hits.jsonl"), 3).code())
        .isZero();
    try (Stream<Path> left = Files.list(free)) {
      assertThat(left).containsExactly(free.resolve("hits.jsonl"));
    }
  }

  @Test
  @Order(6)
  void aTableThatIsNoneIsRefusedAsAWhole() throws IOException {
    final Path lines = root.resolve("prompts.ndjson");
    Files.writeString(lines, "{\"prompt\": \"cats\"}\n");
    assertThat(JsonRows.read(SharedSpark.session(), lines.toString())).hasSize(1);
    final Path other = root.resolve("prompts.xlsx");
    Files.writeString(other, "PK, and then anything\n");
    assertThatThrownBy(() -> JsonRows.read(SharedSpark.session(), other.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("prompts.xlsx is no Delta table");
    final Path open = root.resolve("open.csv");
    Files.writeString(open, "key,prompt\n1,cats\n2,\"dogs\n3,fish\n");
    assertThatThrownBy(() -> JsonRows.read(SharedSpark.session(), open.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("open.csv: the quote in line 3 is never closed");
  }

  @Test
  @Order(6)
  void promptsMayBeLinesOfTextOrOfATable() throws IOException {
    final Path text = root.resolve("prompts.txt");
    Files.writeString(text, "a night picture of fish\n\ncats, \"drawn\" in mosaic style\n");
    final Path table = root.resolve("prompts.csv");
    Files.writeString(
        table,
        "key,prompt\n1,a night picture of fish\n2,\"cats, \"\"drawn\"\" in mosaic style\"\n"
            + "3,\n4,caf\u00e9\n",
        StandardCharsets.ISO_8859_1);
    final List<String> hits = new ArrayList<>();
    for (final Path prompts : List.of(text, table)) {
      final Path out = root.resolve(prompts.getFileName() + ".hits.jsonl");
      final VerbRun run = searchAll(prompts, out, 10);
      if (prompts == table) {
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out())
            .contains(
                "row 3 has no prompt",
                "row 4: prompt is caf\ufffd, allowed is UTF-8 text of whole characters");
      } else {
        assertThat(run.code()).as(run.out()).isZero();
      }
      hits.add(Files.readString(out));
    }
    assertThat(hits.get(0).lines()).hasSize(2).anyMatch(line -> line.contains("\"key\":\"2\""));
    assertThat(hits.get(1)).isEqualTo(hits.get(0));
  }

  @Test
  @Order(6)
  void aTableOfPromptsGivesATableOfHits() throws IOException {
    final Path prompts = root.resolve("prompts-table");
    final Path hits = root.resolve("hits-table");
    SharedSpark.session()
        .sql("SELECT 7L AS key, 'a night picture of fish' AS prompt UNION ALL SELECT 8L, 'cats'")
        .write()
        .format("delta")
        .save(prompts.toString());
    assertThat(searchAll(prompts, hits, 2).code()).isZero();
    final List<Row> rows =
        SharedSpark.session()
            .read()
            .format("delta")
            .load(hits.toString())
            .orderBy("key", "rank")
            .collectAsList();
    assertThat(rows)
        .extracting(row -> row.<String>getAs("key") + " " + row.<Integer>getAs("rank"))
        .containsExactly("7 1", "7 2", "8 1", "8 2");
    assertThat(rows.get(0).<String>getAs("adapter_id"))
        .isEqualTo(find("a night picture of fish", 1).get(0).adapterId());
  }

  @Test
  @Order(7)
  void embeddingsInDataFrames() throws IOException {
    final SparkSession spark = SharedSpark.session();
    final Catalog catalog = new Catalog(spark, catalog());
    final EncoderArtifact encoder = new EncoderStore(spark, catalog).current().orElseThrow();
    AdapterSimilarity.register(spark);
    new AdapterEmbedder(encoder)
        .setInputCol("sketch")
        .setOutputCol("again")
        .setBatchSize(7)
        .setEngine("PyTorch")
        .transform(catalog.read("adapters").select("adapter_id", "sketch"))
        .createOrReplaceTempView("embedded");
    catalog.read("embeddings").createOrReplaceTempView("kept");
    final Row least =
        spark
            .sql(
                "SELECT min(adapter_similarity(again, embedding)), count(*)"
                    + " FROM embedded JOIN kept USING (adapter_id)")
            .first();
    assertThat(least.getDouble(0)).isGreaterThan(0.99999);
    assertThat(least.getLong(1)).isEqualTo(50);
    new TextEmbedder(encoder)
        .setInputCol("p")
        .transform(spark.sql("SELECT 'a night picture of fish' AS p UNION ALL SELECT NULL"))
        .createOrReplaceTempView("asked");
    final String best =
        spark
            .sql(
                "SELECT kept.adapter_id FROM asked CROSS JOIN kept WHERE p IS NOT NULL"
                    + " ORDER BY adapter_similarity(asked.embedding, kept.embedding) DESC LIMIT 1")
            .first()
            .getString(0);
    assertThat(best).isEqualTo(find("a night picture of fish", 1).get(0).adapterId());
    assertThat(
            spark
                .sql(
                    "SELECT adapter_similarity(array(3D, 4D), array(3, 4)),"
                        + " adapter_similarity(NULL, array(1D))")
                .first())
        .isEqualTo(RowFactory.create(1.0, null));
    assertThatThrownBy(() -> new AdapterEmbedder(encoder).setEngine("MXNet"))
        .hasMessageContaining("allowed is PyTorch");
    final Dataset<Row> adapters = catalog.read("adapters");
    assertThatThrownBy(() -> new AdapterEmbedder(encoder).setInputCol("sketsh").transform(adapters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("inputCol is sketsh, the table's columns are adapter_id,");
    assertThatThrownBy(() -> new TextEmbedder(encoder).setInputCol("sketch").transform(adapters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("inputCol sketch holds binary, allowed is string");
    assertThatThrownBy(
            () -> new AdapterEmbedder(encoder).setOutputCol("Naming").transform(adapters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("outputCol is Naming, which the table has already");
  }

  @Test
  @Order(8)
  void captionsMayHaveASay() throws IOException {
    final Path folder = Files.createDirectories(root.resolve("described"));
    final List<String> styles = List.of("sepia", "night", "blueprint");
    for (final String style : styles) {
      zoo.write(folder.resolve(style + ".safetensors"), style, "cats", DType.F32);
    }
    Files.writeString(
        folder.resolve("night.json"), "{\"notes\": \"a purple giraffe on a bicycle\"}");
    final String described = root.resolve("described-catalog").toString();
    final String encoder = currentEncoder();
    assertThat(
            Main.run(
                "index",
                "--source",
                folder.toString(),
                "--catalog",
                described,
                "--model",
                "lab",
                "--probes",
                LabZoo.PROBES))
        .isZero();
    assertThat(Main.run("train-alignment", "--catalog", described, "--use", encoder)).isZero();
    final FoundAdapter byWeights = giraffe(described, 0);
    final FoundAdapter hybrid = giraffe(described, 0.9);
    assertThat(hybrid.uri()).endsWith("night.safetensors");
    assertThat(hybrid.score()).isGreaterThan(byWeights.score() + 0.2);
  }

  private static String currentEncoder() {
    return root.resolve("catalog/encoders")
        .resolve(
            new Catalog(SharedSpark.session(), catalog()).embeddings().encoder().get() + ".json")
        .toString();
  }

  private static FoundAdapter giraffe(final String path, final double hybrid) throws IOException {
    return new SearchJob(
            SharedSpark.session(),
            new SearchOptions(path, 3, Map.of(), OptionalLong.empty(), hybrid, "minilm"))
        .prompts(List.of("a purple giraffe on a bicycle"))
        .get(0)
        .get(0);
  }

  @Test
  @Order(9)
  void anEncoderServesAnotherCatalogOfItsProbes() {
    final String other = root.resolve("other").toString();
    final String source = root.resolve("zoo").toString();
    final String encoder = currentEncoder();
    assertThat(
            Main.run(
                "index",
                "--source",
                source,
                "--catalog",
                other,
                "--model",
                "lab",
                "--probes",
                LabZoo.PROBES))
        .isZero();
    assertThat(Main.run("train-alignment", "--catalog", other, "--use", encoder)).isZero();
    assertThat(new CatalogTables(other).query("embeddings", IDS))
        .isEqualTo(tables().query("embeddings", IDS));
    final String gaussian = root.resolve("gaussian").toString();
    assertThat(Main.run("index", "--source", source, "--catalog", gaussian, "--model", "lab"))
        .isZero();
    assertThat(Main.run("train-alignment", "--catalog", gaussian, "--use", encoder)).isEqualTo(1);
  }

  @Test
  @Order(9)
  void aFileAtTwoPlacesIsOneAdapterToAnEvaluation() throws IOException {
    final Path folder = Files.createDirectories(root.resolve("twice/first"));
    zoo.write(folder.resolve("twice.safetensors"), "sepia", "cats", DType.F32);
    final Path copies = Files.createDirectories(root.resolve("twice/second"));
    Files.copy(folder.resolve("twice.safetensors"), copies.resolve("twice.safetensors"));
    final String twice = root.resolve("twice-catalog").toString();
    final String source = root.resolve("twice").toString();
    assertThat(Main.run("index", "--source", source, "--catalog", twice, "--model", "lab"))
        .isZero();
    final Path lines =
        Files.writeString(
            root.resolve("twice.jsonl"),
            """
            {"file": "twice.safetensors", "style": "sepia", "subject": "cats", "captions": ["x"]}
            """);
    final Path csv =
        Files.writeString(
            root.resolve("twice.csv"),
            "file,style,subject,captions\nfile:%s,sepia,cats,x\n"
                .formatted(folder.resolve("twice.safetensors")));
    final String splits = Files.createFile(root.resolve("no-splits.jsonl")).toString();
    for (final Path truth : List.of(lines, csv)) {
      final VerbRun run =
          VerbRun.of(
              new EvaluateVerb(),
              List.of(
                  "--retrieval",
                  "--catalog",
                  twice,
                  "--truth",
                  truth.toUri().toString(),
                  "--splits",
                  splits));
      assertThat(run.out()).contains("no-splits.jsonl has no split");
    }
  }

  @Test
  @Order(9)
  void whereNothingCanBeWrittenIsToldBeforeTraining() throws IOException {
    final String file = Files.createFile(root.resolve("encoder.txt")).toString();
    final VerbRun run =
        VerbRun.of(new TrainAlignmentVerb(), List.of("--catalog", catalog(), "--out", file));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).contains("--out is " + file + ", allowed is a folder");
  }

  @Test
  @Order(10)
  void ofEqualUpdatesOneLivingIsEmbeddedAndAllAreHeldOut() throws IOException {
    final Row copy =
        tables()
            .query("adapters", "SELECT adapter_id, duplicate_of FROM t WHERE duplicate_of <> ''")
            .get(0);
    final String id = copy.getString(0);
    final String leader = copy.getString(1);
    assertThat(ids(embedded(Set.of()))).hasSize(49).contains(leader).doesNotContain(id);
    final EmbeddedAdapters without = embedded(Set.of(leader));
    assertThat(ids(without)).hasSize(48).doesNotContain(leader, id);
    assertThat(without.leftOut()).containsExactly(leader);

    Files.delete(Path.of(URI.create(uri(leader))));
    runIndex();
    assertThat(ids(embedded(Set.of()))).hasSize(49).contains(id).doesNotContain(leader);
  }

  private static EmbeddedAdapters embedded(final Set<String> without) throws IOException {
    final SparkSession spark = SharedSpark.session();
    return EmbeddedAdapters.read(spark, new Catalog(spark, catalog()), without);
  }

  private static List<String> ids(final EmbeddedAdapters embedded) {
    return embedded.adapters().stream().map(EmbeddedAdapters.Entry::id).toList();
  }

  private static String uri(final String id) {
    return tables()
        .value("adapters", "SELECT locations[0].uri FROM t WHERE adapter_id = '%s'".formatted(id));
  }
}
