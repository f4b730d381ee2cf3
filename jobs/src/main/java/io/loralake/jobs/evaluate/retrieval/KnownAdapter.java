package io.loralake.jobs.evaluate.retrieval;

import io.loralake.alignment.TrainingAdapter;
import io.loralake.jobs.evaluate.TruthAdapter;
import java.util.List;

/**
 * An adapter of which the truth is known.
 *
 * @param sketch half-precision numbers, as the catalog keeps them
 * @param rms of each layer's response
 * @param texts a vector for each caption
 * @param metadata vector of what its own file says about it
 */
record KnownAdapter(
    String id,
    TruthAdapter truth,
    byte[] sketch,
    float[] rms,
    List<float[]> texts,
    float[] metadata) {

  String combination() {
    return truth.combination();
  }

  boolean isFull() {
    return truth.isFull();
  }

  KnownAdapter withSketch(final byte[] other) {
    return new KnownAdapter(id, truth, other, rms, texts, metadata);
  }

  KnownAdapter withTexts(final List<float[]> other) {
    return new KnownAdapter(id, truth, sketch, rms, other, metadata);
  }

  /** Adapters of one combination are not told apart: they have the same captions. */
  TrainingAdapter toTraining() {
    return new TrainingAdapter(id, combination(), combination(), sketch, texts, 1);
  }
}
