package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.tensor.Half;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Adapters whose texts follow from their features, and four with nearly one update and a text that
 * no other has any of.
 */
class RidgeTrainingTest {
  private static final SketchLayout LAYOUT =
      new SketchLayout(
          "p",
          1,
          List.of("double_blocks.0.img_attn.qkv", "single_blocks.0.linear1"),
          List.of(8, 8));
  private static final int F = 16;
  private static final int TEXT = 6;
  private static final int LIKE = 4;
  private static final int ADAPTERS = 64;
  private static final RidgeTraining.Options OPTIONS = new RidgeTraining.Options(0, 0);
  private static final int THEIRS = 4;

  private final Random random = new Random(12);
  private final List<byte[]> sketches = new ArrayList<>();
  private final List<float[]> texts = new ArrayList<>();

  @BeforeEach
  void make() {
    final float[] map = normal(F * TEXT, 0.3);
    final float[] like = normal(F, 1);
    final SketchFeatures features = new SketchFeatures(LAYOUT);
    for (int i = 0; i < ADAPTERS; i++) {
      final float[] numbers = normal(F, isLike(i) ? 0.05 : 1);
      final float[] text = normal(TEXT, 0.02);
      for (int k = 0; isLike(i) && k < F; k++) {
        numbers[k] += like[k];
      }
      sketches.add(Half.bytes(numbers));
      final float[] x = new float[F];
      features.write(sketches.get(i), x, 0);
      for (int j = 0; j < TEXT - 1; j++) {
        for (int k = 0; k < F; k++) {
          text[j] += isLike(i) ? 0 : x[k] * map[k * TEXT + j];
        }
      }
      text[TEXT - 1] = isLike(i) ? THEIRS : 0;
      texts.add(text);
    }
  }

  private static boolean isLike(final int adapter) {
    return adapter % (ADAPTERS / LIKE) == 3;
  }

  private float[] normal(final int count, final double deviation) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  private List<TrainingAdapter> adapters(final boolean grouped) {
    final List<TrainingAdapter> adapters = new ArrayList<>();
    for (int i = 0; i < ADAPTERS; i++) {
      final String id = "a" + i;
      final String group = grouped && isLike(i) ? "like" : id;
      adapters.add(new TrainingAdapter(id, id, group, sketches.get(i), List.of(texts.get(i)), 1));
    }
    return adapters;
  }

  private TrainedHead train(final boolean grouped, final int whiten) {
    return RidgeTraining.train(
        adapters(grouped),
        LAYOUT,
        "texts",
        new RidgeTraining.Options(whiten, OPTIONS.partialWeight()));
  }

  private static double score(final TrainedHead head, final String adapter, final float[] text) {
    final float[] asked = head.artifact().texts().embed(new float[][] {text})[0];
    final float[] predicted = head.outOfFold().get(adapter);
    double score = 0;
    for (int i = 0; i < asked.length; i++) {
      score += asked[i] * predicted[i];
    }
    return score;
  }

  @Test
  void whoIsLeftOutTogetherTellsNothingOfEachOther() {
    assertThat(missed(train(true, 0)))
        .as("their own text at least, a ninth of all that texts differ")
        .isGreaterThan(missed(train(false, 0)) + 0.1);
  }

  private static double missed(final TrainedHead head) {
    return Double.parseDouble(head.artifact().card().training().get("left_out_error"));
  }

  @Test
  void eachIsPredictedUnderItsOwnName() {
    final TrainedHead head = train(true, 0);
    assertThat(head.outOfFold()).hasSize(ADAPTERS);
    for (int i = 0; i < ADAPTERS; i++) {
      if (!isLike(i)) {
        assertThat(score(head, "a" + i, texts.get(i))).as("a" + i).isGreaterThan(0.9);
      }
    }
  }

  /** 64 are enough for 10 directions, and fewer than 16 are taken only where no more are wanted. */
  @Test
  void textsAreWhitenedWhereThereAreEnoughAdapters() {
    assertThat(train(false, 2).artifact().card().dimension()).isEqualTo(2);
    assertThat(train(false, 5).artifact().card().dimension()).isEqualTo(5);
    assertThat(train(false, 11).artifact().card().dimension()).isEqualTo(TEXT);
    assertThat(train(false, 0).artifact().card().dimension()).isEqualTo(TEXT);
  }

  /** Captions of one adapter differ little from another's, and weights are shares of thousands. */
  @Test
  void smallWeightsAreNotRoundedAway() {
    final List<TrainingAdapter> much = adapters(false);
    final List<TrainingAdapter> little = new ArrayList<>();
    for (final TrainingAdapter it : much) {
      final float[] text = it.texts().get(0).clone();
      for (int j = 0; j < text.length; j++) {
        text[j] *= 0x1p-26f;
      }
      little.add(
          new TrainingAdapter(it.id(), it.id(), it.id(), it.sketch(), List.of(text), it.weight()));
    }
    assertThat(embedded(little)).isDeepEqualTo(embedded(much));
  }

  private float[][] embedded(final List<TrainingAdapter> adapters) {
    final TrainedHead head = RidgeTraining.train(adapters, LAYOUT, "texts", OPTIONS);
    try (AdapterEncoder encoder = head.artifact().open()) {
      return encoder.embed(sketches);
    }
  }

  /** 304 layers of 64 numbers, as of FLUX.1: 16 probes, folded to 2, in 8 views are 1.2 MB. */
  @Test
  void oneArrayHoldsTheFeaturesOfAll() {
    assertThat(RidgeTraining.most(flux(16), RidgeTraining.Options.DEFAULT)).isEqualTo(1724);
    assertThat(RidgeTraining.most(flux(16), OPTIONS)).isEqualTo(13797);
    assertThat(RidgeTraining.most(flux(1), RidgeTraining.Options.DEFAULT)).isEqualTo(3449);
    final SketchLayout wide = flux(2000);
    final SketchLayout layout =
        new SketchLayout("p", wide.probes(), wide.layers(), wide.widths(), 0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RidgeTraining.train(adapters(false), layout, "texts", OPTIONS))
        .withMessageContaining("of 13 adapters with 2000 probes at most, there are 64");
  }

  private static SketchLayout flux(final int probes) {
    final List<String> layers =
        new ArrayList<>(Collections.nCopies(302, "single_blocks.1.linear2"));
    layers.addAll(LAYOUT.layers());
    return new SketchLayout("p", probes, layers, Collections.nCopies(layers.size(), 64));
  }
}
