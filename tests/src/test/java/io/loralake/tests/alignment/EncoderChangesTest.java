package io.loralake.tests.alignment;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.EncoderCard;
import io.loralake.encoder.LinearWeights;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.alignment.CurrentEncoder;
import io.loralake.jobs.alignment.Embeddings;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.catalog.EncoderStore;
import io.loralake.jobs.catalog.ProbeStore;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.jobs.search.FoundAdapter;
import io.loralake.jobs.search.SearchJob;
import io.loralake.jobs.search.SearchOptions;
import io.loralake.tensor.DType;
import io.loralake.tests.index.CatalogTables;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A small catalog whose files and encoder change; its encoders are drawn at random. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EncoderChangesTest {
  private static final String CATS = "cats.safetensors";
  private static final String CATALOG = "a `catalog` of 100 % #1";
  private static final String DELTA = "org.apache.spark.sql.delta.OptimisticTransaction";
  private static final int WIDE = 16;
  private static final int NARROW = 8;

  @TempDir private static Path root;

  private static SyntheticZoo zoo;
  private static Catalog catalog;
  private static EncoderArtifact wide;
  private static EncoderArtifact narrow;
  private static long mixed; // a version with rows of both encoders

  @BeforeAll
  static void makeCatalog() throws IOException {
    zoo = new SyntheticZoo("lab");
    Files.createDirectories(root.resolve("zoo"));
    Files.createDirectories(root.resolve("encoders"));
    index("cats", "trucks", "fish");
    catalog = new Catalog(spark(), root.resolve(CATALOG).toString());
    wide = encoder(WIDE);
    narrow = encoder(NARROW);
    adopt(wide);
  }

  private static SparkSession spark() {
    return SharedSpark.session();
  }

  /** Adds adapters and brings the catalog up to date. */
  private static void index(final String... subjects) throws IOException {
    for (final String subject : subjects) {
      zoo.write(file(subject + ".safetensors"), "sepia", subject, DType.F16);
    }
    assertThat(SyntheticZoo.index(root.resolve("zoo"), root.resolve(CATALOG).toString()).failed())
        .isZero();
  }

  private static Path file(final String name) {
    return root.resolve("zoo").resolve(name);
  }

  private static EncoderArtifact encoder(final int dimension) throws IOException {
    final SketchLayout layout =
        SketchLayout.of(new ProbeStore(spark(), catalog).of(catalog.requireIdentity()));
    final Random random = new Random(dimension);
    final int textWidth =
        SentenceEncoders.get(SentenceEncoders.MINILM).sentences(List.of("cats"))[0].length;
    return EncoderArtifact.of(
        new EncoderCard(
            "",
            "ridge",
            layout,
            dimension,
            SentenceEncoders.get(SentenceEncoders.MINILM).fingerprint(),
            textWidth,
            Map.of()),
        new LinearWeights(
            new float[layout.features()],
            normal(random, layout.features() * dimension),
            new float[dimension],
            new float[textWidth],
            normal(random, textWidth * dimension)));
  }

  private static float[] normal(final Random random, final int count) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static void adopt(final EncoderArtifact encoder) throws IOException {
    encoder.write(root.resolve("encoders"));
    new CurrentEncoder(spark(), catalog)
        .adopt(root.resolve("encoders").resolve(encoder.card().id() + ".json").toString());
  }

  private static List<FoundAdapter> like(final String adapter) throws IOException {
    return like(adapter, OptionalLong.empty());
  }

  private static List<FoundAdapter> like(final String adapter, final OptionalLong asOf)
      throws IOException {
    return new SearchJob(
            spark(),
            new SearchOptions(catalog.path(), 50, Map.of(), asOf, 0, SentenceEncoders.MINILM))
        .like(adapter);
  }

  private static CatalogTables tables() {
    return new CatalogTables(catalog.path());
  }

  private static void assertAllAreOfLength(final int length) {
    assertThat(tables().query("embeddings", "SELECT DISTINCT size(embedding) FROM t"))
        .extracting(row -> row.getInt(0))
        .containsExactly(length);
    assertThatThrownBy(
            () ->
                catalog.append(
                    "embeddings",
                    catalog.read("embeddings").withColumn("embedding", array(lit(1f)))))
        .hasMessageContaining("size(embedding) = " + length);
  }

  @Test
  @Order(1)
  void theOldEncoderServesUntilOneOfAnotherLengthIsThere() throws IOException {
    final List<FoundAdapter> before = like(CATS);
    catalog.embeddings().makeRoom(NARROW);
    assertThat(like(CATS)).hasSize(2).isEqualTo(before);
    index("hats");
    assertThat(like(CATS)).hasSize(3);
    new Embeddings(spark(), catalog).addMissing(narrow, Map.of());
    index("books");
    assertThat(like(CATS)).hasSize(4).containsAll(before);
    adopt(narrow);
    assertThat(like(CATS)).hasSize(4).doesNotContainAnyElementsOf(before);
    assertAllAreOfLength(NARROW);
  }

  @Test
  @Order(2)
  void aChangeThatEndedEarlyLeavesTheOldLengthInPlace() throws IOException {
    catalog.embeddings().makeRoom(WIDE);
    adopt(narrow);
    assertThat(like(CATS)).hasSize(4);
    assertAllAreOfLength(NARROW);
  }

  @Test
  @Order(3)
  void rowsThatAreNoLongerWantedAreNotWritten() {
    final long version = tables().version("embeddings");
    new Embeddings(spark(), catalog).addMissing(wide, Map.of(), () -> false);
    assertThat(tables().version("embeddings")).isEqualTo(version);
  }

  /** Its version holds the rows of both. */
  @Test
  @Order(4)
  void aSearchOfAnOldVersionUsesTheEncoderOfThatTime() throws IOException {
    final List<FoundAdapter> before = like(CATS);
    catalog.embeddings().makeRoom(WIDE);
    new Embeddings(spark(), catalog).addMissing(wide, Map.of());
    mixed = tables().version("embeddings");
    adopt(wide);
    assertThat(like(CATS, OptionalLong.of(mixed))).isEqualTo(before);
    assertThat(like(CATS)).hasSize(4).doesNotContainAnyElementsOf(before);
    assertThatThrownBy(() -> like(CATS, OptionalLong.of(1)))
        .hasMessageContaining("--as-of is 1: at this version the catalog had no encoder yet");
    assertThatThrownBy(() -> like(CATS, OptionalLong.of(99)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--as-of is 99")
        .hasMessageContaining("0 to " + tables().version("embeddings"));
  }

  @Test
  @Order(5)
  void anExampleIsWhatLiesThereNowAndWhatIsGoneWhereNothingDoes() throws IOException {
    final List<FoundAdapter> before = like(CATS);
    zoo.write(file(CATS), "watercolour", "cats", DType.F16);
    Files.delete(file("books.safetensors"));
    index();
    assertThat(like(CATS)).hasSize(3).isNotEqualTo(before);
    assertThat(like("books")).hasSize(4);
  }

  /** The group is shown by its smallest id; the other file has the caption. */
  @Test
  @Order(6)
  void captionsOfACopyCountForItsGroup() throws IOException {
    final String caption = "a purple giraffe on a bicycle";
    zoo.write(file("one.safetensors"), "night", "houses", DType.F16);
    SyntheticZoo.copy(file("one.safetensors"), file("two.safetensors"));
    final String described =
        id("one.safetensors").compareTo(id("two.safetensors")) > 0 ? "one" : "two";
    Files.writeString(file(described + ".json"), "{\"notes\": \"" + caption + "\"}");
    index();
    final FoundAdapter best =
        new SearchJob(
                spark(),
                new SearchOptions(
                    catalog.path(),
                    1,
                    Map.of(),
                    OptionalLong.empty(),
                    0.9,
                    SentenceEncoders.MINILM))
            .prompts(List.of(caption))
            .get(0)
            .get(0);
    assertThat(best.uri()).containsAnyOf("/one.", "/two.").doesNotContain("/" + described + ".");
    assertThat(best.score()).isGreaterThan(0.7);
  }

  private static String id(final String name) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file(name))));
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Order(7)
  void vectorsOutOfFoldAreAddedToRowsThatLackThem() {
    final String encoder = wide.card().id();
    final String some =
        tables().value("embeddings", "SELECT adapter_id FROM t ORDER BY adapter_id LIMIT 1");
    final Map<String, float[]> outOfFold = Map.of(some, new float[WIDE]);
    final Embeddings embeddings = new Embeddings(spark(), catalog);
    assertThat(EmbeddingRows.hasUnseen(catalog.read("embeddings"), encoder)).isFalse();
    assertThat(embeddings.addMissing(wide, outOfFold)).isEqualTo(1);
    assertThat(EmbeddingRows.hasUnseen(catalog.read("embeddings"), encoder)).isTrue();
    assertThat(
            tables().query("embeddings", "SELECT adapter_id FROM t WHERE out_of_fold IS NOT NULL"))
        .extracting(row -> row.getString(0))
        .containsExactly(some);
    final long version = tables().version("embeddings");
    assertThat(embeddings.addMissing(wide, outOfFold)).isZero();
    assertThat(tables().version("embeddings")).isEqualTo(version);

    final float[] other = new float[WIDE]; // of other folds, whose encoder is the same
    other[0] = 1;
    assertThat(embeddings.addMissing(wide, Map.of(some, other))).isEqualTo(1);
    assertThat(tables().<Float>value("embeddings", "SELECT max(get(out_of_fold, 0)) FROM t"))
        .isEqualTo(1);
  }

  /** Between the moment when an index run finds a row missing and that when it commits its own. */
  @Test
  @Order(7)
  void vectorsOutOfFoldOutlastAnIndexRunThatHasMadeTheSameRow() {
    final String some =
        tables().value("embeddings", "SELECT adapter_id FROM t ORDER BY adapter_id LIMIT 1");
    final Map<String, float[]> outOfFold = Map.of(some, normal(new Random(7), WIDE));
    catalog.table("embeddings").delete(col("adapter_id").equalTo(some));
    final Embeddings embeddings = new Embeddings(spark(), catalog);
    assertThat(
            embeddings.addMissing(
                wide, Map.of(), () -> embeddings.addMissing(wide, outOfFold) == 1))
        .isEqualTo(1);
    assertThat(
            tables()
                .query(
                    "embeddings",
                    "SELECT out_of_fold FROM t WHERE adapter_id = '%s'".formatted(some)))
        .singleElement()
        .extracting(row -> EmbeddingRows.vector(row.getList(0)))
        .isEqualTo(outOfFold.get(some));
  }

  /** What its index run has embedded is of the encoder that is then replaced. */
  @Test
  @Order(8)
  void whatIsIndexedWhileTheEncoderChangesIsEmbeddedWithTheNewOne() throws IOException {
    final EncoderArtifact other = encoder(NARROW);
    adoptWhile(
        other,
        told -> told.contains("Updated metadata") && told.contains(other.card().id()),
        () -> index("late"));
    assertThat(like(CATS))
        .extracting(FoundAdapter::uri)
        .anyMatch(it -> it.endsWith("/late.safetensors"));
    adopt(wide);
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Takes over an encoder; what Delta tells on the way is where another run comes, once. */
  private static void adoptWhile(
      final EncoderArtifact encoder, final Predicate<String> moment, final Step other)
      throws IOException {
    final AtomicBoolean came = new AtomicBoolean();
    final Appender commits =
        new AbstractAppender("commits", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(final LogEvent event) {
            if (!came.get() && moment.test(event.getMessage().getFormattedMessage())) {
              came.set(true);
              assertDoesNotThrow(other::run);
            }
          }
        };
    commits.start();
    final Logger delta = LoggerContext.getContext(false).getLogger(DELTA);
    Configurator.setLevel(DELTA, Level.INFO);
    delta.setAdditive(false); // told here alone
    delta.addAppender(commits);
    try {
      adopt(encoder);
    } finally {
      delta.removeAppender(commits);
      delta.setAdditive(true);
      Configurator.setLevel(DELTA, Level.ERROR);
    }
    assertThat(came).isTrue();
  }

  /** The first commit after what Delta tells of. */
  private static Predicate<String> afterTheCommit(final String change, final String of) {
    final AtomicBoolean begun = new AtomicBoolean();
    return told -> {
      if (told.contains(change) && told.contains(of)) {
        begun.set(true);
      }
      return begun.get() && told.contains("Committed delta");
    };
  }

  /** The one that comes later stays, with all of its rows. */
  @Test
  @Order(9)
  void ofTwoChangesAtOnceTheEarlierLeavesTheRowsOfTheLaterAlone() throws IOException {
    final List<FoundAdapter> before = like(CATS);
    final EncoderArtifact other = encoder(NARROW);
    adoptWhile(other, afterTheCommit("Updated metadata", other.card().id()), () -> adopt(wide));
    assertThat(like(CATS)).isEqualTo(before);
    assertAllAreOfLength(WIDE);
  }

  /** Its encoder's card is a pipe, which answers when the change is over. */
  @Test
  @Order(10)
  void aSearchInTheMomentOfAChangeHasEncoderAndRowsOfOneVersion() throws Exception {
    final List<FoundAdapter> before = like(CATS);
    final Path card = root.resolve(CATALOG).resolve("encoders").resolve(wide.card().id() + ".json");
    final byte[] content = Files.readAllBytes(card);
    Files.delete(card);
    assertThat(new ProcessBuilder("mkfifo", card.toString()).start().waitFor()).isZero();
    final CompletableFuture<List<FoundAdapter>> search =
        CompletableFuture.supplyAsync(() -> assertDoesNotThrow(() -> like(CATS)));
    try (OutputStream slow = Files.newOutputStream(card)) {
      adopt(narrow);
      slow.write(content);
    }
    assertThat(search.get()).isEqualTo(before);
    Files.delete(card);
    adopt(wide);
  }

  @Test
  @Order(11)
  void aVersionWhoseFilesAreVacuumedIsNotSearched() throws IOException {
    assertThat(like("fish.safetensors", OptionalLong.of(mixed))).isNotEmpty();
    catalog.table("embeddings").vacuum(0);
    final long newest = tables().version("embeddings"); // VACUUM has commits of its own
    final long oldest = catalog.history("embeddings").oldest();
    assertThat(oldest).isGreaterThan(mixed);
    assertThatThrownBy(() -> like("fish.safetensors", OptionalLong.of(mixed)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("--as-of is " + mixed)
        .hasMessageEndingWith("still there, %d to %d", oldest, newest);
    assertThat(like("fish.safetensors", OptionalLong.of(oldest))).isNotEmpty();
  }

  @Test
  @Order(12)
  void aFolderThatHoldsOneEncoderNamesIt(@TempDir final Path folder) throws IOException {
    final EncoderStore store = new EncoderStore(spark(), catalog);
    wide.write(folder);
    assertThat(store.readFrom(folder.toString()).card()).isEqualTo(wide.card());
    narrow.write(folder);
    assertThatThrownBy(() -> store.readFrom(folder.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(folder + " holds 2 encoders, name one of them");
  }

  @Test
  @Order(12)
  void aFileOfAnEncoderThatIsCutShortIsNamed(@TempDir final Path folder) throws IOException {
    wide.write(folder);
    final String stem = folder.resolve(wide.card().id()).toString();
    for (final String suffix : List.of(".safetensors", ".json")) {
      final Path file = Path.of(stem + suffix);
      Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100));
      assertThatThrownBy(() -> new EncoderStore(spark(), catalog).readFrom(stem))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(stem + suffix);
    }
  }

  @Test
  @Order(13)
  void filesOfAnEncoderThatWereRemovedAreAskedBack() throws IOException {
    final Path card = root.resolve(CATALOG).resolve("encoders").resolve(wide.card().id() + ".json");
    Files.delete(card);
    assertThatThrownBy(() -> new EncoderStore(spark(), catalog).requireCurrent())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("are not there any more: bring them back");
  }

  @Test
  @Order(14)
  void aTableRestoredToBeforeItsEncoderLeavesAWayBack() throws IOException {
    catalog.table("embeddings").restoreToVersion(0);
    index();
    assertThatThrownBy(() -> like(CATS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'train-alignment --use FILE' takes one of those in ")
        .hasMessageContaining("/encoders");
    adopt(narrow);
    assertThat(like(CATS)).isNotEmpty();
  }
}
