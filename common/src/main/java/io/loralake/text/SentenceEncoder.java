package io.loralake.text;

import java.util.List;

/** A frozen text model that turns a text into one unit vector. Several threads may share it. */
public interface SentenceEncoder extends AutoCloseable {

  /** Names the model by its content: vectors of one fingerprint are comparable. */
  String fingerprint();

  /** (B, D). */
  float[][] sentences(List<String> texts);

  @Override
  void close();
}
