package io.loralake.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.loralake.model.Checkpoint;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.DType;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.Tap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small CLIP of random weights with the real one's vocabulary. */
class ClipSentencesTest {
  private static final Path TOKENIZER =
      Path.of("..", "tests", "fixtures", "text", "tokenizers", "clip_tokenizer.json");
  private static final ClipConfig CONFIG =
      new ClipConfig(49408, 20, 40, 2, 2, 77, "quick_gelu", 1e-5f, 49407);

  @TempDir private Path folder;

  private Path weights(final String name, final int seed) throws IOException {
    final Path file = folder.resolve(name);
    try (NDManager manager = PyTorch.manager();
        Weights weights =
            Weights.random(ClipTextEncoder.layout(CONFIG), manager, Precision.F32, seed)) {
      weights.save(file, DType.F32, Map.of());
    }
    return file;
  }

  /** 70: more than run at once. */
  @Test
  void eachTextHasTheDirectionOfItsPooledVector() throws IOException {
    final List<String> texts = IntStream.range(0, 70).mapToObj(i -> "a picture of " + i).toList();
    final Path file = weights("clip.safetensors", 5);
    try (ClipSentences clip = new ClipSentences(CONFIG, file, TOKENIZER)) {
      final float[][] together = clip.sentences(texts);
      assertThat(together.length).isEqualTo(70);
      for (final int i : new int[] {0, 31, 32, 69}) {
        assertThat(together[i]).containsExactly(pooled(file, texts.get(i)), within(1e-5f));
      }
      assertThat(together[0]).isNotEqualTo(together[32]);
      assertThat(clip.sentences(List.of())).isEmpty();
    }
  }

  private static float[] pooled(final Path file, final String text) throws IOException {
    try (NDManager manager = PyTorch.manager();
        PromptTokenizer tokenizer = PromptTokenizer.clip(TOKENIZER);
        Checkpoint checkpoint = Checkpoint.open(file)) {
      final ClipTextEncoder encoder =
          new ClipTextEncoder(
              CONFIG, ClipTextEncoder.loadWeights(CONFIG, checkpoint, manager, Precision.F32));
      final float[] pooled =
          encoder
              .forward(manager, new long[][] {tokenizer.encode(text).ids()}, Fusion.NONE, Tap.NONE)
              .pooled()
              .toFloatArray();
      double squares = 0;
      for (final float value : pooled) {
        squares += value * value;
      }
      for (int i = 0; i < pooled.length; i++) {
        pooled[i] /= (float) Math.sqrt(squares);
      }
      return pooled;
    }
  }

  @Test
  void theFingerprintNamesTheWeights() throws IOException {
    final String one = fingerprint(weights("one.safetensors", 5));
    assertThat(one).matches("clip@sha256:[0-9a-f]{64}");
    assertThat(fingerprint(weights("copy.safetensors", 5))).isEqualTo(one);
    assertThat(fingerprint(weights("other.safetensors", 6))).isNotEqualTo(one);
  }

  private static String fingerprint(final Path weights) throws IOException {
    try (ClipSentences clip = new ClipSentences(CONFIG, weights, TOKENIZER)) {
      return clip.fingerprint();
    }
  }
}
