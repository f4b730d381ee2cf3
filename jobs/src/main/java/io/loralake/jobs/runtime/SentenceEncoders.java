package io.loralake.jobs.runtime;

import io.loralake.diffusion.ClipT5Part;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.TextPart;
import io.loralake.encoder.EncoderCard;
import io.loralake.text.ClipSentences;
import io.loralake.text.MiniLmSentences;
import io.loralake.text.SentenceEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.util.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Text encoders that a JVM holds for all its tasks, each loaded once. */
public final class SentenceEncoders {
  /** all-MiniLM-L6-v2 from the classpath. */
  public static final String MINILM = "minilm";

  private static final int AT_ONCE = 1024;
  private static final Logger LOG = LoggerFactory.getLogger(SentenceEncoders.class);
  private static final Map<String, SentenceEncoder> LOADED = new ConcurrentHashMap<>();

  private SentenceEncoders() {}

  /**
   * The encoder of a name.
   *
   * @param name {@value #MINILM}, or the folder of a base model, whose CLIP or MiniLM is taken
   * @throws IllegalArgumentException when there is no such folder
   */
  public static SentenceEncoder get(final String name) {
    return LOADED.computeIfAbsent(name, SentenceEncoders::load);
  }

  /**
   * Whether this machine has an encoder.
   *
   * @param name as {@link #get} takes it
   */
  public static boolean isThere(final String name) {
    return name.equals(MINILM) || Files.isDirectory(Path.of(name));
  }

  /**
   * The vectors (B, D) of a task's texts.
   *
   * @param name as {@link #get} takes it
   * @param done counts the texts as they are read
   */
  public static float[][] read(
      final String name, final List<String> texts, final LongAccumulator done) {
    final float[][] vectors = new float[texts.size()][];
    for (int from = 0; from < vectors.length; from += AT_ONCE) {
      final List<String> some = texts.subList(from, Math.min(from + AT_ONCE, vectors.length));
      System.arraycopy(get(name).sentences(some), 0, vectors, from, some.size());
      done.add(some.size());
    }
    return vectors;
  }

  /**
   * Sees to it that texts compare with what an encoder has learned.
   *
   * @throws IllegalArgumentException when the encoder was trained with another text encoder
   */
  public static void require(final String name, final EncoderCard card) {
    final String given = get(name).fingerprint();
    if (!given.equals(card.textEncoder())) {
      throw new IllegalArgumentException(
          "Encoder %s was trained with text encoder %s, --text %s is %s: their vectors do not compare"
              .formatted(card.id(), card.textEncoder(), name, given));
    }
  }

  private static SentenceEncoder load(final String name) {
    try {
      if (name.equals(MINILM)) {
        return new MiniLmSentences(LOG::warn);
      }
      if (!isThere(name)) {
        throw new IllegalArgumentException(
            "--text is " + name + ", allowed is " + MINILM + " or the folder of a base model");
      }
      final TextPart text = ModelFolder.open(Path.of(name)).text();
      return text instanceof ClipT5Part part
          ? new ClipSentences(part.clipConfig(), part.clip(), part.clipTokenizer())
          : new MiniLmSentences(LOG::warn);
    } catch (final IOException e) {
      throw new UncheckedIOException("Cannot load the text encoder " + name + ": " + e, e);
    }
  }
}
