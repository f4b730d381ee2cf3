package io.loralake.tests.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.RidgeTraining;
import io.loralake.jobs.alignment.TrainAlignmentJob;
import io.loralake.jobs.alignment.TrainingOptions;
import io.loralake.jobs.alignment.TrainingResult;
import io.loralake.tests.index.CatalogTables;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a training may learn from, in a catalog where half of the updates lie in two files. */
class TrainingDataTest {
  private static final int UPDATES = 48;

  @TempDir private static Path root;

  private static List<String> lines;

  @BeforeAll
  static void index() throws IOException {
    final Path zoo = root.resolve("zoo");
    lines = new ArrayList<>(new SyntheticZoo("lab").write(zoo));
    for (int i = 0; i < UPDATES; i += 2) {
      final String name = name(lines.get(i));
      SyntheticZoo.copy(zoo.resolve(name), zoo.resolve("copy-of-" + name));
      lines.add(lines.get(i).replace(name, "copy-of-" + name));
    }
    SyntheticZoo.writeEntrance(zoo.resolve("entrance.safetensors"));
    SyntheticZoo.index(zoo, catalog());
  }

  private static String name(final String line) {
    return line.replaceFirst(".*\"(lora-[^\"]*)\".*", "$1");
  }

  private static String catalog() {
    return root.resolve("catalog").toString();
  }

  private static TrainingResult train(
      final String captions, final Optional<String> holdOut, final double validation) {
    return new TrainAlignmentJob(
            SharedSpark.session(),
            new TrainingOptions(
                catalog(),
                Optional.of(captions),
                holdOut,
                RidgeTraining.HEAD,
                "minilm",
                validation,
                0,
                0,
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                RidgeTraining.Options.DEFAULT,
                ContrastiveOptions.DEFAULT))
        .run();
  }

  private static String file(final String name, final List<String> content) throws IOException {
    return Files.write(root.resolve(name), content).toString();
  }

  private static String learned(final TrainingResult result) {
    return result.card().training().get("adapters");
  }

  @Test
  void anUpdateThatIsLeftOutIsLeftOutWithItsCopies() throws IOException {
    final TrainingResult result = train(file("copies.jsonl", lines), Optional.empty(), 0);
    assertThat(learned(result)).isEqualTo("" + UPDATES);
    assertThat(Double.parseDouble(result.card().training().get("left_out_error")))
        .isGreaterThan(0.05);
    final CatalogTables tables = new CatalogTables(catalog());
    assertThat(
            tables.<Long>value(
                "embeddings", "SELECT count(*) FROM t WHERE out_of_fold IS NOT NULL"))
        .isEqualTo(UPDATES + UPDATES / 2);
    assertThat(tables.<Long>value("embeddings", "SELECT count(DISTINCT out_of_fold) FROM t"))
        .isEqualTo(UPDATES);
  }

  @Test
  void whatIsHeldOutIsHeldOutWithItsCopies() throws IOException {
    final String heldOut = file("held-out.jsonl", List.of(lines.get(0)));
    final TrainingResult result = train(file("all.jsonl", lines), Optional.of(heldOut), 0);
    assertThat(learned(result)).isEqualTo("" + (UPDATES - 1));
  }

  @Test
  void aTableMayHaveOtherTypes() throws IOException {
    final String table = root.resolve("captions-table").toString();
    SharedSpark.session()
        .read()
        .json(file("table.jsonl", lines))
        .selectExpr("file", "captions[0] AS captions", "2 AS weight", "hash(file) AS `group`")
        .write()
        .format("delta")
        .save(table);
    final TrainingResult result = train(table, Optional.empty(), 0);
    assertThat(result.refused()).isEmpty();
    assertThat(learned(result)).isEqualTo("" + UPDATES);
  }

  @Test
  void anAdapterWithoutProbesIsNotLearnedFromAndToldOf() throws IOException {
    final List<String> more = new ArrayList<>(lines);
    more.add("{\"file\": \"entrance.safetensors\", \"captions\": [\"a door\"]}");
    final TrainingResult result = train(file("more.jsonl", more), Optional.empty(), 0);
    assertThat(result.refused())
        .singleElement()
        .asString()
        .contains("none of its layers has probes");
    assertThat(learned(result)).isEqualTo("" + UPDATES);
  }

  @Test
  void aCaptionMayBeInBracketsAndAWeightMustBeANumber() throws IOException {
    final List<String> more = new ArrayList<>(lines);
    more.set(0, lines.get(0).replaceAll("\\[.*\\]", "\"[old] photo of a [cat]\""));
    more.set(1, lines.get(1).replace("{", "{\"weight\": \"heavy\", "));
    more.set(2, lines.get(2).replace("{", "{\"weight\": \"Infinity\", "));
    more.set(3, lines.get(3).replaceAll("\\[.*\\]", "\"[1] a fish\""));
    final TrainingResult result = train(file("brackets.jsonl", more), Optional.empty(), 0);
    assertThat(result.refused())
        .satisfiesExactlyInAnyOrder(
            one -> assertThat(one).contains("weight is no number, allowed are positive numbers"),
            one -> assertThat(one).contains("weight is Infinity, allowed are positive numbers"));
  }

  @Test
  void captionsThatAreNoTextsAreToldAndNotLearnedAsTheirJson() throws IOException {
    final List<String> wrong =
        List.of("{\"en\": \"a\"}", "[[\"a\"]]", "true", "5", "[\"a\", 5]", "[\"caf\ufffd\"]");
    final List<String> more = new ArrayList<>(lines);
    for (int i = 0; i < wrong.size(); i++) {
      more.set(i, lines.get(i).replaceAll("\\[.*\\]", wrong.get(i)));
    }
    final TrainingResult result = train(file("forms.jsonl", more), Optional.empty(), 0);
    assertThat(result.refused())
        .satisfiesExactlyInAnyOrder(
            one ->
                assertThat(one)
                    .endsWith(": captions is {\"en\":\"a\"}, allowed is a text or a list of texts"),
            one -> assertThat(one).endsWith(": captions has [\"a\"], allowed are texts"),
            one ->
                assertThat(one)
                    .endsWith(": captions is true, allowed is a text or a list of texts"),
            one ->
                assertThat(one).endsWith(": captions is 5, allowed is a text or a list of texts"),
            one -> assertThat(one).endsWith(": captions has 5, allowed are texts"),
            one ->
                assertThat(one)
                    .as("a file in another encoding")
                    .endsWith(
                        ": captions has \"caf\ufffd\", allowed is UTF-8 text of whole characters"));
  }

  @Test
  void twoObjectsOnALineAreToldAndNoneIsLost() throws IOException {
    final List<String> more = new ArrayList<>(lines.subList(2, lines.size()));
    more.add(lines.get(0) + lines.get(1));
    final TrainingResult result = train(file("joined.jsonl", more), Optional.empty(), 0);
    assertThat(result.refused())
        .singleElement()
        .asString()
        .startsWith("not a JSON object with file and captions: " + lines.get(0));
    final String joined = file("held-out.jsonl", List.of(lines.get(0) + lines.get(1)));
    final String captions = file("captions.jsonl", lines);
    assertThatThrownBy(() -> train(captions, Optional.of(joined), 0))
        .hasMessageContaining("not a JSON object with file: " + lines.get(0));
  }

  @Test
  void adaptersThatAreHeldOutAreCountedWhereTooFewAreLeft() throws IOException {
    final String captions = file("all.jsonl", lines);
    assertThatThrownBy(() -> train(captions, Optional.of(captions), 0))
        .hasMessageStartingWith("Too few adapters with captions to learn from: 0, at least ")
        .hasMessageContaining(
            "copies of one counted once (held out: " + UPDATES + "; 0 lines refused)");
  }

  @Test
  void oneGroupAloneCannotBeDivided() throws IOException {
    final List<String> grouped =
        lines.stream().map(line -> line.replace("{", "{\"group\": \"all\", ")).toList();
    final String captions = file("grouped.jsonl", grouped);
    assertThatThrownBy(() -> train(captions, Optional.empty(), 0.9999))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("adapters with captions to learn from: 0, at least 8 are needed")
        .hasMessageContaining("kept for validation: ")
        .hasMessageContaining(", with --validation 0 none");
  }
}
