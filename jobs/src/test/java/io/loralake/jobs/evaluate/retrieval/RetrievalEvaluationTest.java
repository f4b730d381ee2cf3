package io.loralake.jobs.evaluate.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.loralake.alignment.ContrastiveOptions;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.evaluate.Splits;
import io.loralake.jobs.evaluate.TruthAdapter;
import io.loralake.tensor.Half;
import io.loralake.tensor.Vectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** On a small world that is not the lab: one style, and one caption for each adapter. */
class RetrievalEvaluationTest {
  private static final int WIDTH = 12;
  private static final SketchLayout LAYOUT =
      new SketchLayout("probes", 1, List.of("double_blocks.0.img_attn.qkv"), List.of(WIDTH));

  private final List<Row> rows = new ArrayList<>();
  private final RetrievalEvaluation evaluation = of(adapters(14, 1));

  private RetrievalEvaluation of(final List<KnownAdapter> adapters) {
    return new RetrievalEvaluation(
        adapters,
        LAYOUT,
        new Splits(
            Map.of("1", Set.of(adapters.get(0).combination(), adapters.get(1).combination()))),
        1,
        ContrastiveOptions.DEFAULT.withSteps(30),
        texts -> texts.stream().map(text -> vector(text.hashCode())).toArray(float[][]::new),
        rows::add);
  }

  @Test
  void aCaptionIsNotComparedWithItself() throws IOException {
    evaluation.compareHeads();
    assertThat(rows)
        .extracting(Row::name)
        .contains("chance", "the catalog's own metadata", "ridge", "contrastive")
        .noneMatch(name -> name.contains("caption"));
  }

  @Test
  void chanceIsWhatRandomOrdersGive() throws IOException {
    of(adapters(8, 1)).compareHeads();
    assertThat(rows)
        .filteredOn(row -> row.name().equals("chance"))
        .singleElement()
        .satisfies(row -> assertThat(row.recall(1)).isCloseTo(1.0 / 8, within(0.03)))
        .satisfies(row -> assertThat(row.recall(5)).isCloseTo(5.0 / 8, within(0.03)));
  }

  @Test
  void theOnlyStyleIsNotHeldOut() throws IOException {
    evaluation.askTheLake();
    assertThat(rows)
        .filteredOn(row -> row.group().equals("unknown"))
        .extracting(Row::name)
        .containsExactly(
            "ridge, a subject never trained on", "contrastive, a subject never trained on");
    assertThat(rows).allMatch(row -> Double.isFinite(row.mrr()));
  }

  @Test
  void probesThatTheCatalogLacksAreNotMeasured() throws IOException {
    evaluation.compareSketches("Gaussian", new int[] {1, 4}, new int[] {Integer.MAX_VALUE});
    assertThat(rows)
        .extracting(Row::name)
        .containsExactly(
            "ridge, Gaussian, P = 1, S = full", "contrastive, Gaussian, P = 1, S = full");
  }

  @Test
  void rowsOfFewAdaptersSayWhatWasMeasured() throws IOException {
    final RetrievalEvaluation few = of(adapters(11, 3));
    few.compareHeads();
    few.askTheLake();
    assertThat(rows)
        .extracting(Row::name)
        .contains("a caption against the others", "ridge, a third captioned")
        .noneMatch(name -> name.contains("whitened") || name.contains("a fifth"));
  }

  @Test
  void twoCaptionsAreComparedOnce() throws IOException {
    of(adapters(14, 2)).compareHeads();
    assertThat(rows)
        .extracting(Row::name)
        .contains("one caption against another")
        .noneMatch(name -> name.startsWith("a caption against"));
  }

  @Test
  void textsAreWhitenedToAsManyDirectionsAsTheRowSays() throws IOException {
    of(adapters(122, 1)).compareHeads();
    assertThat(rows).extracting(Row::name).contains("ridge, text whitened to 20");
  }

  @Test
  void theOnlySubjectIsNotAllThatCaptionsSay() throws IOException {
    of(adapters(14, 1).stream()
            .map(
                it ->
                    new KnownAdapter(
                        it.id(),
                        new TruthAdapter(
                            it.truth().file(),
                            it.truth().subject(),
                            "birds",
                            null,
                            it.truth().captions()),
                        it.sketch(),
                        it.rms(),
                        it.texts(),
                        it.metadata()))
            .toList())
        .askTheLake();
    assertThat(rows)
        .extracting(Row::name)
        .contains("ridge, a style never trained on")
        .noneMatch(name -> name.contains("subject"));
  }

  private static List<KnownAdapter> adapters(final int count, final int captions) {
    final List<KnownAdapter> adapters = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      final int first = 100 * (i + 1);
      adapters.add(
          new KnownAdapter(
              "id" + i,
              new TruthAdapter("f" + i, "pencil", "" + i, null, List.of("caption " + i)),
              Half.bytes(vector(i)),
              new float[] {1},
              IntStream.range(first, first + captions)
                  .mapToObj(RetrievalEvaluationTest::vector)
                  .toList(),
              vector(-i)));
    }
    return adapters;
  }

  private static float[] vector(final long seed) {
    final Random random = new Random(seed);
    final float[] vector = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return Vectors.unit(vector);
  }
}
