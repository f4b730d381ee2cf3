package io.loralake.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.alignment.ContrastiveOptions;
import io.loralake.encoder.SketchLayout;
import io.loralake.tensor.Half;
import io.loralake.tensor.Vectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** On a small world that is not the lab: one style, and one caption for each adapter. */
class RetrievalEvaluationTest {
  private static final int WIDTH = 12;
  private static final SketchLayout LAYOUT =
      new SketchLayout("probes", 1, List.of("double_blocks.0.img_attn.qkv"), List.of(WIDTH));

  private final List<Row> rows = new ArrayList<>();
  private final RetrievalEvaluation evaluation =
      new RetrievalEvaluation(
          adapters(),
          LAYOUT,
          new Splits(Map.of("1", Set.of("pencil/0", "pencil/1"))),
          1,
          ContrastiveOptions.DEFAULT.withSteps(30),
          texts -> texts.stream().map(text -> vector(text.hashCode())).toArray(float[][]::new),
          rows::add);

  @Test
  void aCaptionIsNotComparedWithItself() throws IOException {
    evaluation.compareHeads();
    assertThat(rows)
        .extracting(Row::name)
        .contains("chance", "the catalog's own metadata", "ridge", "contrastive")
        .noneMatch(name -> name.contains("caption"));
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

  private static List<KnownAdapter> adapters() {
    final List<KnownAdapter> adapters = new ArrayList<>();
    for (int i = 0; i < 14; i++) {
      adapters.add(
          new KnownAdapter(
              "id" + i,
              new TruthAdapter("f" + i, "pencil", "" + i, null, List.of("caption " + i)),
              Half.bytes(vector(i)),
              new float[] {1},
              List.of(vector(100 + i)),
              vector(200 + i)));
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
