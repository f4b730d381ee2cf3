package io.loralake.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.Fusion;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MiniLmEncoderTest {
  private static final float ROUNDING = 2e-6f;
  private static final List<String> CAPTIONS =
      List.of(
          "",
          "red apple",
          "a red apple",
          "a pencil drawing of a red apple on a white ground",
          "A RED APPLE",
          "a blue bus",
          "the emoji for a smiling face with heart-shaped eyes, drawn as a mosaic of small tiles");

  private static final List<String> WARNINGS = Collections.synchronizedList(new ArrayList<>());
  private static MiniLmEncoder encoder;

  @BeforeAll
  static void load() throws IOException {
    encoder = new MiniLmEncoder(MiniLmConfig.LAB, WARNINGS::add);
  }

  @AfterAll
  static void close() {
    encoder.close();
  }

  /** The figures that the documentation of sentence-transformers (Quickstart) prints. */
  @Test
  void agreesWithSentenceTransformers() {
    final float[][] vectors =
        encoder.sentence(
            List.of(
                "The weather is lovely today.",
                "It's so sunny outside!",
                "He drove to the stadium."));
    assertThat(dot(vectors[0], vectors[1])).isCloseTo(0.6660, within(5e-5));
    assertThat(dot(vectors[0], vectors[2])).isCloseTo(0.1046, within(5e-5));
    assertThat(dot(vectors[1], vectors[2])).isCloseTo(0.1411, within(5e-5));
  }

  @Test
  void whatATextGivesDependsOnNoOther() {
    final float[][] together = encoder.sentence(many());
    IntStream.range(0, CAPTIONS.size())
        .forEach(
            i ->
                assertThat(encoder.sentence(List.of(CAPTIONS.get(i)))[0])
                    .usingComparatorWithPrecision(ROUNDING)
                    .containsExactly(together[i]));
  }

  /** The captions first, then many others in no order. */
  private static List<String> many() {
    final List<String> texts = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      texts.add(CAPTIONS.get(i % CAPTIONS.size()) + " " + i);
    }
    Collections.shuffle(texts, new Random(1));
    texts.addAll(0, CAPTIONS);
    return texts;
  }

  @Test
  void threadsMayShareIt() {
    final float[][] alone = encoder.sentence(CAPTIONS);
    final List<float[][]> results =
        IntStream.range(0, 8).parallel().mapToObj(i -> encoder.sentence(CAPTIONS)).toList();
    assertThat(results).allSatisfy(result -> assertThat(result).isDeepEqualTo(alone));
  }

  @Test
  void featuresAreThePaddedStatesAndTheScaledSentence() {
    try (NDManager manager = PyTorch.manager()) {
      final TextFeatures features = encoder.encode(manager, CAPTIONS, Fusion.NONE);
      assertThat(features.txt().getShape()).isEqualTo(new Shape(CAPTIONS.size(), 12, 384));
      assertThat(features.vec().getShape()).isEqualTo(new Shape(CAPTIONS.size(), 384));
      final float[][] sentences = encoder.sentence(CAPTIONS);
      for (int i = 0; i < CAPTIONS.size(); i++) {
        assertThat(features.vec().get(i).div(19.6f).toFloatArray())
            .usingComparatorWithPrecision(ROUNDING)
            .containsExactly(sentences[i]);
      }
      assertThat(realTokens(features.txt().get(0))).isEqualTo(2); // begin and end
      assertThat(realTokens(features.txt().get(2))).isEqualTo(5);
      assertThat(realTokens(features.txt().get(6))).isEqualTo(12);
      final float[] mean = features.txt().get("2, :5").mean(new int[] {0}).toFloatArray();
      assertThat(dot(mean, sentences[2]) / Math.sqrt(dot(mean, mean)))
          .isCloseTo(1, within(1e-6)); // the sentence is the direction of the states' mean
    }
  }

  /** Leading rows of (T, 384) that are not zero; the rest must all be. */
  private static int realTokens(final NDArray states) {
    final float[] norms = states.square().sum(new int[] {1}).toFloatArray();
    final int real = (int) IntStream.range(0, 12).takeWhile(i -> norms[i] > 0).count();
    assertThat(Arrays.copyOfRange(norms, real, 12)).isEqualTo(new float[12 - real]);
    return real;
  }

  @Test
  void likeTextsAreNear() {
    final float[][] vectors = encoder.sentence(CAPTIONS);
    assertThat(vectors[4]).isEqualTo(vectors[2]); // letter case is nothing to this model
    assertThat(dot(vectors[1], vectors[3])).isGreaterThan(dot(vectors[1], vectors[5]) + 0.3);
  }

  @Test
  void theWholeTextCountsAndTheReaderIsToldWhatTheStatesLack() {
    final String opening = "one two three four five six seven eight nine ten eleven twelve";
    WARNINGS.clear();
    final float[][] vectors =
        encoder.sentence(List.of(opening, opening + " " + "and a red apple ".repeat(40)));
    assertThat(dot(vectors[0], vectors[1])).isLessThan(0.9);
    assertThat(WARNINGS).isEmpty();
    try (NDManager manager = PyTorch.manager()) {
      final NDArray txt = encoder.encode(manager, List.of(opening), Fusion.NONE).txt();
      assertThat(realTokens(txt.get(0))).isEqualTo(12);
    }
    assertThat(WARNINGS).singleElement().asString().contains("12 token states", ": 'twelve'");
  }

  @Test
  void saysWhatIsCutFromALongText() {
    WARNINGS.clear();
    encoder.sentence(List.of("red ".repeat(254)));
    assertThat(WARNINGS).isEmpty();
    final float[][] vectors =
        encoder.sentence(List.of("red ".repeat(254) + "last words", "red ".repeat(254)));
    assertThat(WARNINGS).singleElement().asString().contains("256 tokens", ": 'last words'");
    assertThat(vectors[0]).usingComparatorWithPrecision(ROUNDING).containsExactly(vectors[1]);
  }

  @Test
  void theFingerprintNamesModelAndHash() {
    assertThat(encoder.fingerprint())
        .isEqualTo(
            "all-MiniLM-L6-v2@sha256:"
                + "0e77ebe9de4c7b21539057b742e38a210f3a01795286e08d7380e899359e2880");
  }

  private static double dot(final float[] a, final float[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> (double) a[i] * b[i]).sum();
  }
}
