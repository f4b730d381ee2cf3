package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.FileHash;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs after the first make of files that came, went, moved and changed. */
class ChangingSourcesTest {
  private static final Path SUBSET = Repository.GOOD.resolve("kohya_subset.safetensors");
  private static final Path SAME_UPDATE = Repository.GOOD.resolve("peft_subset.safetensors");
  private static final Path OTHER = Repository.GOOD.resolve("xlabs.safetensors");
  private static final Path NAN = Repository.BAD.resolve("nan_fp32.safetensors");

  @TempDir private Path root;

  private Lake lake;
  private CatalogTables tables;

  @BeforeEach
  void prepare() {
    lake = new Lake(root);
    tables = lake.tables();
  }

  @Test
  void filesGoAndComeBack() {
    lake.add("a.safetensors", SUBSET);
    lake.add("bad.safetensors", NAN);
    lake.index();
    lake.remove("a.safetensors");
    lake.remove("bad.safetensors");
    lake.add("other.txt", SUBSET);

    final IndexResult gone = lake.index();

    assertThat(gone.gone()).isEqualTo(2);
    assertThat(gone.listed()).isZero();
    assertThat(liveLocations()).isEmpty();
    assertThat(count("adapters", "gone_at IS NOT NULL")).isEqualTo(1);
    assertThat(count("quarantine", "gone_at IS NOT NULL")).isEqualTo(1);
    assertThat(lake.index().gone()).as("told once").isZero();

    lake.add("a.safetensors", SUBSET);
    lake.add("bad.safetensors", NAN);
    assertThat(lake.index().indexed()).isEqualTo(1);
    assertThat(liveLocations()).containsExactly(lake.uri("a.safetensors"));
    assertThat(count("adapters", "gone_at IS NULL AND first_seen < last_seen")).isEqualTo(1);
    assertThat(count("quarantine", "gone_at IS NULL")).isEqualTo(1);
  }

  /** A nightly run whose network drive is not mounted sees an empty folder. */
  @Test
  void anEmptyFolderThatHadFilesIsDoubted() throws IOException {
    Files.createDirectories(lake.source());
    assertThat(lake.index().complete()).as("nothing is known from it").isTrue();
    lake.add("a.safetensors", SUBSET);
    lake.add("bad.safetensors", NAN);
    lake.index();
    lake.remove("a.safetensors");
    lake.remove("bad.safetensors");

    final IndexResult unmounted = lake.index();

    assertThat(unmounted.gone()).isZero();
    assertThat(unmounted.complete()).isFalse();
    assertThat(unmounted.describe()).contains("empty, though the catalog has files from it");
    assertThat(liveLocations()).containsExactly(lake.uri("a.safetensors"));
  }

  /** Nor does a share that is not there keep the others from the night's run. */
  @Test
  void aMissingSourceIsToldAndStopsNoOther(@TempDir final Path elsewhere) throws IOException {
    final Lake share = new Lake(elsewhere);
    share.add("b.safetensors", OTHER);
    lake.add("a.safetensors", SUBSET);
    final List<String> sources = List.of(share.source().toString(), lake.source().toString());
    lake.index(sources);
    share.remove("b.safetensors");
    Files.delete(share.source());
    lake.add("bad.safetensors", NAN);

    final IndexResult run = lake.index(sources);

    assertThat(run.quarantined()).isEqualTo(1);
    assertThat(run.gone()).isZero();
    assertThat(run.complete()).isFalse();
    assertThat(run.describe())
        .contains("not listed completely: " + share.source() + ": ", " does not exist");
    assertThat(liveLocations())
        .containsExactlyInAnyOrder(lake.uri("a.safetensors"), share.uri("b.safetensors"));
  }

  @Test
  void newContentAtAnOldPlaceIsANewAdapter() {
    lake.add("a.safetensors", SUBSET);
    lake.index();
    lake.add("a.safetensors", OTHER);

    assertThat(lake.index().indexed()).isEqualTo(1);

    assertThat(tables.read("adapters").count()).isEqualTo(2);
    assertThat(liveLocations()).containsExactly(lake.uri("a.safetensors"));
    assertThat(this.<String>value("naming", "gone_at IS NULL")).isEqualTo("xlabs");
    assertThat(this.<String>value("naming", "gone_at IS NOT NULL")).isEqualTo("kohya");
  }

  @Test
  void aFixedFileLeavesQuarantineAndABrokenOneEntersIt() {
    lake.add("fixed.safetensors", NAN);
    lake.add("broken.safetensors", SUBSET);
    lake.index();
    lake.add("fixed.safetensors", OTHER);
    lake.add("broken.safetensors", NAN);

    final IndexResult second = lake.index();

    assertThat(second.indexed()).isEqualTo(1);
    assertThat(second.quarantined()).isEqualTo(1);
    assertThat(liveLocations()).containsExactly(lake.uri("fixed.safetensors"));
    assertThat(tables.query("quarantine", "SELECT uri FROM t"))
        .extracting(row -> row.getString(0))
        .containsExactly(lake.uri("broken.safetensors"));
    assertThat(lake.index().unchanged()).isEqualTo(2);
  }

  /** PEFT's files say nothing of alpha: it is twice the rank of 4, then half of it. */
  @Test
  void theConfigurationBesideAFileOfPeftDecidesItsStrength() {
    final Path peft = Repository.GOOD.resolve("peft_base_model_diffusers.safetensors");
    lake.add("named.safetensors", peft);
    lake.index();
    final double plain = value("strength", "gone_at IS NULL");
    lake.remove("named.safetensors");
    lake.add("a/adapter_model.safetensors", peft);
    lake.write("a/adapter_config.json", "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8}");
    assertThat(lake.index().indexed()).isEqualTo(1);
    assertThat(this.<Double>value("strength", "true")).isCloseTo(2 * plain, within(1e-4 * plain));
    assertThat(lake.index().unchanged()).isEqualTo(1);

    lake.write("a/adapter_config.json", "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 2}");
    assertThat(lake.index().indexed()).isEqualTo(1);
    assertThat(this.<Double>value("strength", "true")).isCloseTo(plain / 2, within(1e-4 * plain));
  }

  @Test
  void theSameBytesAtTwoPlacesAreOneRow() {
    lake.add("a.safetensors", SUBSET);
    lake.add("deep/er/b c#%41.safetensors", SUBSET);

    final IndexResult both = lake.index();

    assertThat(both.indexed()).isEqualTo(2);
    assertThat(both.identical()).isEqualTo(1);
    assertThat(tables.read("adapters").count()).isEqualTo(1);
    assertThat(liveLocations())
        .containsExactly(lake.uri("a.safetensors"), lake.uri("deep/er/b c#%41.safetensors"));

    lake.remove("a.safetensors");
    lake.index();
    assertThat(liveLocations()).containsExactly(lake.uri("deep/er/b c#%41.safetensors"));
    assertThat(count("adapters", "gone_at IS NULL")).isEqualTo(1);
  }

  @Test
  void aCopyThatIsLeftDescribesTheAdapter() {
    lake.add("a/one.safetensors", SUBSET);
    lake.write("a/one.json", "{\"license\": \"apache-2.0\"}");
    lake.add("b/one.safetensors", SUBSET);
    lake.write("b/one.json", "{\"license\": \"cc-by-nc-4.0\"}");
    lake.index();
    assertThat(this.<String>value("licence", "gone_at IS NULL")).isEqualTo("apache-2.0");

    lake.remove("a/one.safetensors");
    lake.remove("a/one.json");
    lake.index();
    assertThat(lake.index().indexed()).as("the copy is read in the next run").isEqualTo(1);
    assertThat(this.<String>value("licence", "gone_at IS NULL")).isEqualTo("cc-by-nc-4.0");
    assertThat(lake.index().unchanged()).isEqualTo(1);
  }

  @Test
  void groupsOfDuplicatesOutliveChanges() {
    lake.add("a.safetensors", SUBSET);
    lake.add("b.safetensors", SAME_UPDATE);
    assertThat(lake.index().duplicates()).isEqualTo(1);
    final List<Row> groups = groups();

    lake.write("a.json", "{\"description\": \"again\"}");
    lake.write("b.json", "{\"description\": \"again\"}");
    assertThat(lake.index().indexed()).isEqualTo(2);
    assertThat(groups()).as("members read again").isEqualTo(groups);

    lake.remove("a.safetensors");
    lake.remove("b.safetensors");
    assertThat(lake.index().gone()).isEqualTo(2);
    assertThat(groups()).as("members gone").isEqualTo(groups);

    lake.add("c.safetensors", Repository.GOOD.resolve("kohya_subset_conv1x1.safetensors"));
    assertThat(lake.index().duplicates()).isEqualTo(1);
    assertThat(
            tables.query("adapters", "SELECT DISTINCT coalesce(duplicate_of, adapter_id) FROM t"))
        .as("a later arrival joins")
        .hasSize(1);
  }

  /** The smallest id stands for its group, though others were there before it. */
  @Test
  void aLaterArrivalCountsAsADuplicateAlsoWhereItStandsForTheGroup() throws IOException {
    final boolean ordered = FileHash.of(SUBSET).compareTo(FileHash.of(SAME_UPDATE)) < 0;
    lake.add("larger.safetensors", ordered ? SAME_UPDATE : SUBSET);
    assertThat(lake.index().duplicates()).isZero();
    lake.add("smaller.safetensors", ordered ? SUBSET : SAME_UPDATE);
    assertThat(lake.index().duplicates()).isEqualTo(1);
  }

  @Test
  void oneBatchMayHaveAllFilesHoweverManyThereMayBe() {
    lake.add("a.safetensors", SUBSET);
    final IndexOptions options = lake.options();
    final IndexOptions inOne =
        new IndexOptions(
            options.sources(),
            options.catalog(),
            options.model(),
            options.probes(),
            options.reread(),
            Long.MAX_VALUE,
            options.attempts());
    assertThat(Lake.run(inOne).indexed()).isEqualTo(1);
  }

  @Test
  void sideCarsFillColumnsAndOnlyTheirFileIsReadAgain() {
    lake.add("a.safetensors", SUBSET);
    lake.add("other.safetensors", OTHER);
    lake.write("a.json", "{\"activation text\": \"vvstyle\", \"notes\": \"Soft colours.\"}");
    lake.write(
        "a.civitai.info",
        "{\"model\": {\"name\": \"Soft\", \"nsfw\": false, \"tags\": [\"style\"]},"
            + " \"baseModel\": \"Flux.1 D\", \"nsfwLevel\": 3, \"trainedWords\": [\"soft\"]}");
    lake.write("README.md", "---\nlicense: apache-2.0\n---\n# Both\n");
    lake.index();

    assertThat(this.<String>value("licence", "TRUE")).isEqualTo("apache-2.0");
    assertThat(count("adapters", "licence = 'apache-2.0'")).isEqualTo(2);
    final String mine = "locations[0].uri LIKE '%/a.safetensors'";
    assertThat(this.<String>value("title", mine)).isEqualTo("Soft");
    assertThat(this.<String>value("base_declared", mine)).isEqualTo("Flux.1 D");
    assertThat(this.<Integer>value("nsfw_level", mine)).isEqualTo(3);
    assertThat(this.<String>value("concat_ws(',', array_sort(trigger_words))", mine))
        .isEqualTo("soft,vvstyle");
    assertThat(this.<String>value("concat_ws(',', captions)", mine)).isEqualTo("Soft colours.");
    assertThat(this.<String>value("concat_ws(',', tags)", mine)).isEqualTo("style");

    lake.write("a.json", "{\"activation text\": \"vvstyle\", \"notes\": \"Hard colours.\"}");
    final IndexResult changed = lake.index();
    assertThat(changed.indexed()).isEqualTo(1);
    assertThat(changed.unchanged()).isEqualTo(1);
    assertThat(this.<String>value("concat_ws(',', captions)", mine)).isEqualTo("Hard colours.");
  }

  @Test
  void aSingleFileComesWithItsSideCars() {
    lake.add("a.safetensors", SUBSET);
    lake.add("other.safetensors", OTHER);
    lake.write("a.json", "{\"activation text\": \"vvstyle\", \"notes\": \"Soft colours.\"}");
    lake.write("README.md", "---\nlicense: apache-2.0\n---\n# Both\n");
    lake.index();

    final IndexResult single = Lake.run(from(lake.source().resolve("a.safetensors")));

    assertThat(single.listed()).isEqualTo(1);
    assertThat(single.unchanged()).isEqualTo(1);
    assertThat(lake.index().unchanged()).isEqualTo(2);
  }

  @Test
  void theCatalogIsNoSource() {
    lake.add("a.safetensors", SUBSET);
    lake.index();
    for (final Path inside : List.of(lake.catalog(), lake.catalog().resolve("adapters"))) {
      assertThatThrownBy(() -> Lake.run(from(inside)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("--source is file:" + inside);
    }
  }

  @Test
  void theCatalogIsNoSourceByALinkEither() throws IOException {
    lake.add("a.safetensors", SUBSET);
    lake.index();
    final Path probes = lake.catalog().resolve("probes");
    Files.createDirectories(probes);
    Files.copy(SUBSET, probes.resolve("probes.safetensors"));
    final Path inside = lake.source().resolve("deep");
    Files.createDirectories(inside);
    Files.createSymbolicLink(inside.resolve("linked"), lake.catalog());

    final IndexResult again = lake.index();
    assertThat(again.listed()).isEqualTo(1);
    assertThat(again.unchanged()).isEqualTo(1);
    final Path linked = inside.resolve("linked");
    for (final Path link : List.of(linked, linked.resolve("probes"))) {
      assertThatThrownBy(() -> Lake.run(from(link)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("--source is file:" + link);
    }
  }

  private IndexOptions from(final Path source) {
    return from(List.of(source.toString()));
  }

  private IndexOptions from(final List<String> sources) {
    final IndexOptions options = lake.options();
    return new IndexOptions(
        sources,
        options.catalog(),
        options.model(),
        options.probes(),
        false,
        options.commitEvery(),
        1);
  }

  @Test
  void aFolderWithTheNameOfAFileIsDescribedByItself() {
    lake.add("anime.safetensors", SUBSET);
    lake.write("anime.json", "{\"notes\": \"Of the file.\"}");
    lake.add("anime/other.safetensors", OTHER);
    lake.write("anime/README.md", "---\nlicense: mit\n---\n");
    lake.index();

    assertThat(
            tables.query(
                "adapters",
                "SELECT naming, licence, concat_ws(',', captions) FROM t ORDER BY naming"))
        .extracting(Row::toString)
        .containsExactly("[kohya,null,Of the file.]", "[xlabs,mit,]");
  }

  @Test
  void aMovedFileBringsTheSideCarOfItsNewPlace() {
    lake.add("a.safetensors", SUBSET);
    lake.write("a.json", "{\"notes\": \"Old.\"}");
    lake.index();
    lake.remove("a.safetensors");
    lake.remove("a.json");
    lake.add("z.safetensors", SUBSET);
    lake.write("z.json", "{\"notes\": \"New.\"}");

    lake.index();

    assertThat(this.<String>value("concat_ws(',', captions)", "TRUE")).isEqualTo("New.");
  }

  @Test
  void otherProbesReadAllFilesAgainAndFindWhatIsGone() throws IOException {
    lake.add("a.safetensors", SUBSET);
    lake.add("b.safetensors", OTHER);
    lake.add("bad.safetensors", NAN);
    lake.index();
    lake.remove("b.safetensors");
    final IndexOptions options = lake.options();

    final IndexResult reread =
        Lake.run(
            new IndexOptions(
                options.sources(),
                options.catalog(),
                options.model(),
                Optional.of(otherProbes().toString()),
                true,
                options.commitEvery(),
                1));

    assertThat(reread.gone()).isEqualTo(1);
    assertThat(reread.indexed()).isEqualTo(1);
    assertThat(reread.quarantined()).isEqualTo(1);
    assertThat(liveLocations()).containsExactly(lake.uri("a.safetensors"));
    assertThat(count("quarantine", "gone_at IS NULL")).isEqualTo(1);
    assertThat(lake.index().unchanged()).isEqualTo(2);
  }

  private Path otherProbes() throws IOException {
    final Path file = root.resolve("probes.safetensors");
    final Map<String, TensorData> ones = new LinkedHashMap<>();
    for (final Layer layer :
        LayerTable.of(FluxConfig.load(Repository.TINY_MODEL.toString())).blockLayers()) {
      final float[] probe = new float[layer.inDim()];
      Arrays.fill(probe, 1);
      ones.put(layer.name(), TensorData.ofFloats(DType.F32, probe, 1, layer.inDim()));
    }
    SafetensorsWriter.write(file, ones, Map.of());
    return file;
  }

  @Test
  void anotherSourceLeavesTheFirstAlone(@TempDir final Path elsewhere) {
    lake.add("a.safetensors", SUBSET);
    lake.index();
    final Lake second = new Lake(elsewhere);
    second.add("b.safetensors", OTHER);

    final IndexResult result = Lake.run(from(second.source()));

    assertThat(result.listed()).isEqualTo(1);
    assertThat(result.gone()).isZero();
    assertThat(liveLocations())
        .containsExactlyInAnyOrder(lake.uri("a.safetensors"), second.uri("b.safetensors"));
  }

  @Test
  void whatCannotBeListedLeavesOtherSourcesComplete(@TempDir final Path root) throws IOException {
    SharedSpark.session()
        .sparkContext()
        .hadoopConfiguration()
        .set("fs." + ShutFolderFileSystem.SCHEME + ".impl", ShutFolderFileSystem.class.getName());
    final Path gone = root.resolve("lora/gone.safetensors");
    final Path hidden = root.resolve("lora2/a/shut/hidden.safetensors");
    final Path hiddenToo = root.resolve("lora2/a/b/shut/hidden.safetensors");
    final Path stays = root.resolve("lora/stays.safetensors");
    for (final Path file : List.of(gone, stays, hidden, hiddenToo)) {
      Files.createDirectories(file.getParent());
      Files.copy(file.equals(gone) ? OTHER : SUBSET, file);
    }
    final List<String> sources =
        Stream.of("lora", "lora2")
            .map(name -> ShutFolderFileSystem.SCHEME + ":" + root.resolve(name))
            .toList();
    assertThat(Lake.run(from(sources)).indexed()).isEqualTo(2);
    Files.delete(gone);

    final IndexResult result = Lake.run(from(sources));

    assertThat(result.gone()).isEqualTo(1); // 'lora' was listed to its end, whatever 'lora2' hides
    assertThat(result.incomplete())
        .singleElement()
        .asString()
        .contains("lora2/a/shut", "lora2/a/b/shut");
    assertThat(liveLocations()).singleElement().asString().endsWith("lora/stays.safetensors");
  }

  private List<Row> groups() {
    return tables.query("adapters", "SELECT adapter_id, duplicate_of FROM t ORDER BY adapter_id");
  }

  private List<String> liveLocations() {
    return tables
        .query(
            "adapters",
            "SELECT l.uri FROM (SELECT explode(locations) AS l FROM t) WHERE l.gone_at IS NULL"
                + " ORDER BY l.uri")
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }

  private long count(final String table, final String condition) {
    return tables.value(table, "SELECT count(*) FROM t WHERE " + condition);
  }

  private <T> T value(final String expression, final String condition) {
    return tables.value("adapters", "SELECT " + expression + " FROM t WHERE " + condition);
  }
}
