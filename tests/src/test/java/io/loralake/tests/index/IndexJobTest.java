package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One run over all fixtures, and what its tables say. */
class IndexJobTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path root;

  private static Lake lake;
  private static CatalogTables tables;
  private static IndexResult first;

  @BeforeAll
  static void indexAllFixtures() {
    lake = new Lake(root);
    Repository.adapters(Repository.GOOD).forEach(f -> lake.add("files/" + f.getFileName(), f));
    Repository.adapters(Repository.BAD).forEach(f -> lake.add("bad/" + f.getFileName(), f));
    tables = lake.tables();
    first = lake.index();
  }

  /** All good files, and of the bad ones that of eight bits, which is read. */
  @Test
  void countsAddUp() {
    assertThat(first.listed()).isEqualTo(113);
    assertThat(first.indexed()).isEqualTo(45);
    assertThat(first.quarantined()).isEqualTo(68);
    assertThat(first.describe())
        .containsPattern("\nquarantined by reason: \\{.*EMPTY=3, .*WRONG_BASE_MODEL=\\d+}");
    assertThat(first.unchanged()).isZero();
    assertThat(first.failed()).isZero();
    assertThat(first.complete()).isTrue();
    assertThat(tables.read("adapters").count() + first.identical()).isEqualTo(45);
    assertThat(tables.read("quarantine").count()).isEqualTo(68);
    assertThat(
            tables.<Boolean>value(
                "runs", "SELECT listed = unchanged + indexed + quarantined + failed FROM t"))
        .isTrue();
  }

  @Test
  void everyBadFileHasItsReason() throws IOException {
    final Map<String, Set<String>> accepted = new TreeMap<>();
    for (final String line : Files.readAllLines(Repository.BAD.resolve("expected.jsonl"))) {
      final JsonNode entry = JSON.readTree(line);
      final Set<String> codes = new TreeSet<>(Set.of(entry.get("code").asText()));
      entry.path("also_acceptable").forEach(code -> codes.add(code.asText()));
      if (!codes.contains("OK")) {
        accepted.put(lake.uri("bad/" + entry.get("file").asText()), codes);
      }
    }
    final Map<String, String> actual = new TreeMap<>();
    for (final Row row : tables.query("quarantine", "SELECT uri, reason, message, stage FROM t")) {
      actual.put(row.getString(0), row.getString(1));
      assertThat(row.getString(2)).contains(row.getString(0));
      assertThat(row.getString(3)).isEqualTo("check");
    }
    assertThat(actual.keySet()).isEqualTo(accepted.keySet());
    assertThat(actual)
        .allSatisfy((uri, reason) -> assertThat(accepted.get(uri)).as(uri).contains(reason));
  }

  @Test
  void columnsSayWhatTheFilesHold() {
    assertThat(
            tables.query(
                "adapters",
                "SELECT regexp_extract(locations[0].uri, '([^/]+).safetensors', 1) AS name,"
                    + " naming, concat_ws(' ', ranks), layers_used, layers_in_model,"
                    + " text_encoder_layers FROM t"))
        .extracting(
            r -> r.getString(0),
            r -> r.getString(1),
            r -> r.getString(2),
            r -> r.getInt(3),
            r -> r.getInt(4),
            r -> r.getInt(5))
        .contains(
            tuple("kohya_alpha_half_rank", "kohya", "4", 29, 39, 0),
            tuple("peft_transformer", "diffusers", "4", 29, 39, 0),
            tuple("kohya_mixed_rank", "kohya", "1 2 4 8", 13, 39, 0),
            tuple("xlabs", "xlabs", "4", 14, 39, 0),
            tuple("onetrainer_full", "onetrainer", "4", 29, 39, 0),
            tuple("kohya_embed_final", "kohya", "4", 10, 39, 0))
        .allSatisfy(row -> assertThat((int) row.toList().get(3)).isPositive());
    assertThat(
            tables.<Long>value(
                "adapters",
                "SELECT count(*) FROM t WHERE adapter_id RLIKE '^[0-9a-f]{64}$' AND strength > 0"
                    + " AND size(layer_norms) = layers_in_model"
                    + " AND size(filter(layer_norms, n -> n > 0)) = layers_used"
                    + " AND probe_set IS NOT NULL AND gone_at IS NULL"
                    + " AND first_seen = last_seen"))
        .isEqualTo(tables.read("adapters").count());
  }

  /** Files of one set of expected.json hold one update; fp16 and bf16 round the same factors. */
  @Test
  void theSameUpdateIsOneGroup() throws IOException {
    final Map<String, Set<String>> expected = new HashMap<>();
    final JsonNode files =
        JSON.readTree(Repository.LORA.resolve("expected.json").toFile()).get("files");
    for (final JsonNode file : files) {
      final String set = file.get("deltas").toString().replace("main_bf16", "main_fp16");
      expected
          .computeIfAbsent(set, key -> new HashSet<>())
          .add(lake.uri(file.get("file").asText()));
    }
    final Map<String, Set<String>> actual = new HashMap<>();
    for (final Row row :
        tables.query(
            "adapters",
            "SELECT coalesce(duplicate_of, adapter_id), l.uri FROM"
                + " (SELECT *, explode(locations) AS l FROM t) WHERE l.uri LIKE '%/files/%'")) {
      actual.computeIfAbsent(row.getString(0), key -> new HashSet<>()).add(row.getString(1));
    }
    assertThat(Set.copyOf(actual.values())).isEqualTo(Set.copyOf(expected.values()));
    assertThat(first.duplicates())
        .isEqualTo(
            tables.<Long>value(
                "adapters", "SELECT count(*) FROM t WHERE duplicate_of IS NOT NULL"));
  }

  @Test
  void filesThatAreUsedInPartAreTold(@TempDir final Path elsewhere) throws IOException {
    final Lake other = new Lake(elsewhere);
    final Path whole = Repository.adapters(Repository.GOOD).get(0);
    other.add("whole.safetensors", whole);
    final Map<String, TensorData> tensors = new HashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(whole)) {
      for (final String name : file.names()) {
        tensors.put(name, TensorData.ofFloats(file.floats(name), file.info(name).shape()));
      }
    }
    tensors.put("lora_unet_new_part.lora_down.weight", TensorData.ofFloats(new float[] {1}, 1, 1));
    tensors.put("lora_unet_new_part.lora_up.weight", TensorData.ofFloats(new float[] {1}, 1, 1));
    SafetensorsWriter.write(other.source().resolve("partly.safetensors"), tensors, Map.of());

    final IndexResult result = other.index();

    assertThat(result.indexed()).isEqualTo(2);
    assertThat(result.partly()).isOne();
    assertThat(result.describe()).contains("tensors that are not used in 1 of the indexed files");
    assertThat(first.describe()).doesNotContain("tensors that are not used");
  }

  @Test
  void bothEndingsAreReadAndPicklesAreToldInEveryRun(@TempDir final Path elsewhere)
      throws IOException {
    final Lake other = new Lake(elsewhere);
    final Path adapter = Repository.adapters(Repository.GOOD).get(0);
    other.add("a.sft", adapter);
    Files.writeString(other.source().resolve("a.json"), "{\"activation text\": \"sftword\"}");
    Files.createDirectories(other.source().resolve("old"));
    Files.writeString(other.source().resolve("old/b.CKPT"), "never opened");
    for (final int indexed : new int[] {1, 0}) {
      final IndexResult result = other.index();
      assertThat(result.listed()).isEqualTo(2);
      assertThat(result.indexed()).isEqualTo(indexed);
      assertThat(result.unchanged()).isEqualTo(1 - indexed);
      assertThat(result.refusals()).isEqualTo(Map.of("NOT_SAFETENSORS", 1L));
      assertThat(result.describe())
          .containsPattern("refused: NOT_SAFETENSORS: .*old/b.CKPT: a pickle, which is never read");
    }
    assertThat(other.tables().read("adapters").select("trigger_words").first().getList(0))
        .contains("sftword");
  }

  @Test
  void nothingStaysInSparksCache() {
    assertThat(SharedSpark.session().sharedState().cacheManager().isEmpty()).isTrue();
  }

  @Test
  void aSecondRunReadsNothingAndCommitsNothing() {
    final List<String> before = tables.contents();
    final long adapters = tables.version("adapters");
    final long quarantine = tables.version("quarantine");
    final long runs = tables.read("runs").count();

    final IndexResult second = lake.index();

    assertThat(second.unchanged()).isEqualTo(second.listed()).isEqualTo(113);
    assertThat(second.bytesRead()).isZero();
    assertThat(tables.version("adapters")).isEqualTo(adapters);
    assertThat(tables.version("quarantine")).isEqualTo(quarantine);
    assertThat(tables.read("runs").count()).isEqualTo(runs + 1);
    assertThat(tables.contents()).isEqualTo(before);
  }

  /** As many as tasks had read them, once: a catalog that grows night by night became slow. */
  @Test
  void adaptersOfOneCommitShareAFile() {
    assertThat(tables.read("adapters").inputFiles()).hasSize(1);
  }

  /** However small the batches, the tables come out the same. */
  @Test
  void batchesDoNotShow(@TempDir final Path elsewhere) {
    final var options = lake.options();
    final var inBatches =
        new IndexOptions(
            options.sources(),
            elsewhere.toString(),
            options.model(),
            options.probes(),
            false,
            40_000_000,
            1);
    assertThat(Lake.run(inBatches).indexed()).isEqualTo(45);
    final CatalogTables other = new CatalogTables(elsewhere.toString());
    assertThat(other.version("adapters")).isGreaterThan(2);
    assertThat(other.contents()).isEqualTo(tables.contents());
  }

  @Test
  void whatStandsForAGroupIsNoDuplicateItself() {
    final Set<String> leaders =
        tables
            .query("adapters", "SELECT DISTINCT duplicate_of FROM t WHERE duplicate_of IS NOT NULL")
            .stream()
            .map(row -> row.getString(0))
            .collect(Collectors.toSet());
    assertThat(
            tables.query("adapters", "SELECT adapter_id FROM t WHERE duplicate_of IS NULL").stream()
                .map(row -> row.getString(0)))
        .containsAll(leaders);
  }
}
