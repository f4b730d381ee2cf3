package io.loralake.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.loralake.tensor.Half;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncoderArtifactTest {
  private static final int PROBES = 2;
  private static final List<Integer> WIDTHS = List.of(3, 4);
  private static final SketchLayout LAYOUT =
      new SketchLayout("p", PROBES, List.of("a", "b"), WIDTHS);
  private static final int F = 14;
  private static final int D = 5;

  @TempDir private Path folder;

  private final Random random = new Random(4);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "not json",
        "null",
        "[]",
        "{}",
        "{\"id\": \"a\"}",
        "{\"id\": \"a\", \"head\": \"ridge\"}",
        "{\"id\": \"a\", \"head\": \"ridge\", \"layout\": {}}",
        "{\"id\":\"a\",\"head\":\"ridge\",\"layout\":{\"probeSet\":\"p\",\"layers\":[\"b\"]}}",
        "{\"id\":\"a\",\"head\":\"ridge\",\"layout\":{\"probeSet\":\"p\",\"layers\":[\"b\"],\"widths\":[]}}",
        "{\"options\": \"all\"}"
      })
  void namesTheFileThatIsNoCardOfAnEncoder(final String json) throws IOException {
    final Path card = Files.writeString(folder.resolve("a.json"), json);
    assertThatThrownBy(() -> EncoderArtifact.read(card))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a.json is not the card of an encoder");
  }

  /** 300: more than are embedded at once. */
  @Test
  void whatIsReadBackEmbedsEachSketchByTheFormula() throws IOException {
    final int e = 6;
    final LinearWeights weights = weights(e);
    final EncoderArtifact written = artifact(weights, e);
    written.write(folder);
    final EncoderArtifact read =
        EncoderArtifact.read(folder.resolve(written.card().id() + ".safetensors"));
    assertThat(read.card()).isEqualTo(written.card());

    final List<byte[]> sketches = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      final float[] values = normal(F);
      if (i % 3 == 0) { // without the first layer
        Arrays.fill(values, 0, PROBES * WIDTHS.get(0), 0);
      }
      sketches.add(Half.bytes(values));
    }
    sketches.set(140, new byte[2 * F]);
    try (AdapterEncoder encoder = read.open()) {
      final float[][] embedded = encoder.embed(sketches);
      assertThat(embedded.length).isEqualTo(300);
      for (int i = 0; i < 300; i++) {
        if (i == 140) {
          assertThat(embedded[i]).isNull();
        } else {
          assertThat(embedded[i])
              .containsExactly(expected(sketches.get(i), weights, e), within(2e-3f));
        }
      }
      assertThat(encoder.embed(List.of())).isEmpty();
    }
  }

  /** The direction of (x - means) weight + bias; a layer that is absent stays 0. */
  private static float[] expected(
      final byte[] sketch, final LinearWeights weights, final int dimension) {
    final float[] x = new float[F];
    new SketchFeatures(LAYOUT).write(sketch, x, 0);
    final int second = PROBES * WIDTHS.get(0);
    final boolean whole = x[0] != 0;
    final double[] y = new double[dimension];
    for (int j = 0; j < dimension; j++) {
      y[j] = weights.bias()[j];
      for (int i = whole ? 0 : second; i < F; i++) {
        y[j] += (double) (x[i] - weights.means()[i]) * weights.weight()[i * dimension + j];
      }
    }
    return unit(y);
  }

  @Test
  void textsAreCentredAndMapped() {
    final int e = 6;
    final LinearWeights weights = weights(e);
    final float[] text = normal(D);
    final double[] y = new double[e];
    for (int j = 0; j < e; j++) {
      for (int i = 0; i < D; i++) {
        y[j] += (double) (text[i] - weights.textMeans()[i]) * weights.textWeight()[i * e + j];
      }
    }
    final float[][] embedded = artifact(weights, e).texts().embed(new float[][] {normal(D), text});
    assertThat(embedded[1]).containsExactly(unit(y), within(1e-5f));
  }

  /** 6,000: weights of more numbers than are hashed at once. */
  @Test
  void theIdFollowsFromEveryNumber() {
    final int e = 6_000;
    final LinearWeights weights = weights(e);
    final String id = artifact(weights, e).card().id();
    assertThat(id).matches("ridge-[0-9a-f]{16}");
    for (final float[] numbers :
        List.of(
            weights.means(),
            weights.weight(),
            weights.bias(),
            weights.textMeans(),
            weights.textWeight())) {
      for (final int at : new int[] {0, numbers.length - 1}) {
        final float before = numbers[at];
        numbers[at]++;
        assertThat(artifact(weights, e).card().id()).isNotEqualTo(id);
        numbers[at] = before;
      }
    }
    assertThat(artifact(weights, e).card().id()).isEqualTo(id);
    assertThat(artifact("other", weights, e).card().id()).isNotEqualTo(id);
  }

  /** Encoders of 16 probes that were trained before responses were folded read them unfolded. */
  @Test
  void responsesAreFoldedAsTheCardSays() throws IOException {
    for (final int fold : new int[] {0, 8}) {
      final SketchLayout layout = new SketchLayout("p", 16, LAYOUT.layers(), WIDTHS, fold);
      final int f = layout.features();
      final EncoderArtifact written =
          EncoderArtifact.of(
              new EncoderCard("", "ridge", layout, 6, "texts", D, Map.of()),
              new LinearWeights(normal(f), normal(f * 6), normal(6), normal(D), normal(D * 6)));
      written.write(folder);
      final Path card = folder.resolve(written.card().id() + ".json");
      assertThat(Files.readString(card).contains("\"fold\"")).isEqualTo(fold > 0);
      assertThat(EncoderArtifact.read(card).card()).isEqualTo(written.card());
      try (AdapterEncoder encoder = EncoderArtifact.read(card).open()) {
        assertThat(encoder.embed(List.of(Half.bytes(normal(layout.length()))))[0]).hasSize(6);
      }
    }
  }

  @Test
  void weightsOfAnotherEncoderAreRefused() throws IOException {
    final EncoderArtifact one = artifact(weights(6), 6);
    final EncoderArtifact other = artifact(weights(6), 6);
    one.write(folder);
    other.write(folder);
    final Path card = folder.resolve(one.card().id() + ".json");
    Files.copy(
        folder.resolve(other.card().id() + ".safetensors"),
        folder.resolve(one.card().id() + ".safetensors"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> EncoderArtifact.read(card))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("do not belong together");
  }

  @Test
  void sizesAreThoseOfTheCard() {
    assertThatThrownBy(() -> artifact(weights(5), 6)).hasMessageContaining("'weight'");
    assertWrong("means", normal(F - 1), normal(6), normal(D), normal(D * 6));
    assertWrong("bias", normal(F), normal(5), normal(D), normal(D * 6));
    assertWrong("text_means", normal(F), normal(6), normal(D + 1), normal(D * 6));
    assertWrong("text_weight", normal(F), normal(6), normal(D), normal(D * 6 + 1));
  }

  private void assertWrong(
      final String tensor,
      final float[] means,
      final float[] bias,
      final float[] textMeans,
      final float[] textWeight) {
    final LinearWeights weights =
        new LinearWeights(means, normal(F * 6), bias, textMeans, textWeight);
    assertThatThrownBy(() -> artifact(weights, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + tensor + "' does not have the size that its card says");
  }

  private static EncoderArtifact artifact(final LinearWeights weights, final int dimension) {
    return artifact("texts", weights, dimension);
  }

  private static EncoderArtifact artifact(
      final String textEncoder, final LinearWeights weights, final int dimension) {
    return EncoderArtifact.of(
        new EncoderCard("", "ridge", LAYOUT, dimension, textEncoder, D, Map.of("lambda", "2")),
        weights);
  }

  private LinearWeights weights(final int dimension) {
    return new LinearWeights(
        normal(F), normal(F * dimension), normal(dimension), normal(D), normal(D * dimension));
  }

  private float[] normal(final int count) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] unit(final double[] x) {
    double squares = 0;
    for (final double value : x) {
      squares += value * value;
    }
    final float[] unit = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      unit[i] = (float) (x[i] / Math.sqrt(squares));
    }
    return unit;
  }
}
