package io.loralake.text;

import static java.util.stream.Collectors.toList;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.Fusion;
import io.loralake.tensor.PyTorchMemory;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The lab's text model, all-MiniLM-L6-v2: the first token states as {@code txt}, zero where a
 * prompt is shorter, and the scaled unit sentence vector as {@code vec}. Texts run in groups of one
 * length, so that none is padded; what a text gives depends on no other. It has no layers that
 * adapters could change. Several threads may share it.
 */
public final class MiniLmEncoder implements PromptEncoder {
  /** D, width of token states and sentence vectors. */
  public static final int WIDTH = MiniLm.WIDTH;

  /** Weights of the model. */
  public static final long PARAMETERS = MiniLm.PARAMETERS;

  private static final int BATCH_TOKENS = 512;

  /** Of a text that is cut, as many characters are shown. */
  private static final int MAX_QUOTED = 100;

  private final MiniLmConfig config;
  private final MiniLm model;
  private final Consumer<String> warnings;

  /**
   * Loads the model from the classpath.
   *
   * @param warnings is told when a prompt is too long, and what was cut
   * @throws MissingJarException naming the jar that is not on the classpath
   */
  public MiniLmEncoder(final MiniLmConfig config, final Consumer<String> warnings)
      throws IOException {
    final MiniLmFiles files = MiniLmFiles.load(); // before MiniLm links to onnxruntime
    this.config = config;
    this.model = new MiniLm(files);
    this.warnings = warnings;
  }

  /** Names the model and the hash of its files: features of one fingerprint are comparable. */
  public String fingerprint() {
    return model.fingerprint();
  }

  /**
   * {@inheritDoc}
   *
   * @return txt (B, T, 384), vec (B, 384), float32
   */
  @Override
  public TextFeatures encode(
      final NDManager manager, final List<String> prompts, final Fusion fusion) {
    final int row = config.tokens() * WIDTH;
    final float[] txt = new float[prompts.size() * row];
    final float[] vec = new float[prompts.size() * WIDTH];
    final List<MiniLmTokens> texts = prompts.stream().map(this::read).toList();
    texts.forEach(
        text ->
            warn(
                "gives %d token states; this end of the text is only in the sentence vector",
                config.tokens(), text.from(config.tokens())));
    run(
        texts,
        (index, states, length) -> {
          states.get(0, txt, index * row, Math.min(length, config.tokens()) * WIDTH);
          final float[] sentence = unitMean(states, length);
          for (int i = 0; i < WIDTH; i++) {
            vec[index * WIDTH + i] = (float) (sentence[i] * config.scale());
          }
        });
    return new TextFeatures(
        PyTorchMemory.copyOf(manager, txt, new Shape(prompts.size(), config.tokens(), WIDTH)),
        PyTorchMemory.copyOf(manager, vec, new Shape(prompts.size(), WIDTH)));
  }

  /** Unit sentence vectors, (B, 384): the mean of all token states of a text, normalised. */
  public float[][] sentence(final List<String> texts) {
    final float[][] vectors = new float[texts.size()][];
    run(
        texts.stream().map(this::read).toList(),
        (index, states, length) -> vectors[index] = unitMean(states, length));
    return vectors;
  }

  /** Takes the token states (L, D) of the text at an index. */
  @FunctionalInterface
  private interface Sink {
    void accept(int index, FloatBuffer states, int length);
  }

  /** Shows the states of every text to the sink, in no particular order. */
  private void run(final List<MiniLmTokens> texts, final Sink sink) {
    final Map<Integer, List<Integer>> byLength =
        IntStream.range(0, texts.size())
            .boxed()
            .collect(Collectors.groupingBy(i -> texts.get(i).length(), TreeMap::new, toList()));
    byLength.forEach(
        (length, indices) -> {
          final int batch = Math.max(1, BATCH_TOKENS / length);
          for (int from = 0; from < indices.size(); from += batch) {
            final int to = Math.min(from + batch, indices.size());
            runBatch(texts, indices.subList(from, to), length, sink);
          }
        });
  }

  private void runBatch(
      final List<MiniLmTokens> texts,
      final List<Integer> indices,
      final int length,
      final Sink sink) {
    final FloatBuffer states =
        model.states(indices.stream().map(i -> texts.get(i).ids()).toArray(long[][]::new));
    for (int i = 0; i < indices.size(); i++) {
      sink.accept(indices.get(i), states.slice(i * length * WIDTH, length * WIDTH), length);
    }
  }

  private MiniLmTokens read(final String text) {
    final MiniLmTokens read = model.read(text);
    warn("reads %d tokens; this end of the text is cut", MiniLm.MAX_TOKENS, read.unread());
    return read;
  }

  private void warn(final String what, final int tokens, final String end) {
    if (!end.isEmpty()) {
      warnings.accept("MiniLM " + what.formatted(tokens) + ": " + quoted(end.strip()));
    }
  }

  private static String quoted(final String text) {
    return text.length() <= MAX_QUOTED
        ? "'" + text + "'"
        : "'%s...' (%,d characters)".formatted(text.substring(0, MAX_QUOTED), text.length());
  }

  /** (L, D) -> the direction of its mean over L. */
  private static float[] unitMean(final FloatBuffer states, final int length) {
    final double[] sums = new double[WIDTH];
    for (int i = 0; i < length * WIDTH; i++) {
      sums[i % WIDTH] += states.get(i);
    }
    final double norm = Math.sqrt(Arrays.stream(sums).map(sum -> sum * sum).sum());
    final float[] unit = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      unit[i] = (float) (sums[i] / norm);
    }
    return unit;
  }

  @Override
  public void close() {
    model.close();
  }
}
