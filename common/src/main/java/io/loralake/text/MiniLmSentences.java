package io.loralake.text;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** {@link MiniLmEncoder}'s sentence vectors: D = 384. */
public final class MiniLmSentences implements SentenceEncoder {
  private final MiniLmEncoder encoder;

  /**
   * Loads the model from the classpath.
   *
   * @param warnings is told what is cut from texts
   */
  public MiniLmSentences(final Consumer<String> warnings) throws IOException {
    this.encoder = new MiniLmEncoder(MiniLmConfig.LAB, warnings);
  }

  @Override
  public String fingerprint() {
    return encoder.fingerprint();
  }

  @Override
  public float[][] sentences(final List<String> texts) {
    return encoder.sentence(texts);
  }

  @Override
  public void close() {
    encoder.close();
  }
}
