package io.loralake.jobs.alignment;

import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.retrieval.Recall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Recall of captions among all adapters that have some. */
record Judgement(Recall training, Optional<Recall> unseen) {

  /**
   * @param leftOut what a head says of its training adapters without having seen them. Where there
   *     is no validation, each caption looks for that among all the others as they are embedded: an
   *     estimate, since these know the caption
   */
  static Judgement of(
      final EncoderArtifact artifact, final Split split, final Map<String, float[]> leftOut) {
    final List<TrainingAdapter> all = new ArrayList<>(split.training());
    all.addAll(split.validation());
    try (AdapterEncoder encoder = artifact.open()) {
      final float[][] candidates =
          encoder.embed(all.stream().map(TrainingAdapter::sketch).toList());
      final String[] families = all.stream().map(TrainingAdapter::family).toArray(String[]::new);
      final int trained = split.training().size();
      final Recall training = recall(encoder, all, 0, trained, candidates, candidates, families);
      if (!split.validation().isEmpty()) {
        return new Judgement(
            training,
            Optional.of(
                recall(encoder, all, trained, all.size(), candidates, candidates, families)));
      }
      if (leftOut.size() < all.size()) {
        return new Judgement(training, Optional.empty());
      }
      final float[][] unseen = all.stream().map(it -> leftOut.get(it.id())).toArray(float[][]::new);
      return new Judgement(
          training, Optional.of(recall(encoder, all, 0, trained, unseen, candidates, families)));
    }
  }

  private static Recall recall(
      final AdapterEncoder encoder,
      final List<TrainingAdapter> all,
      final int from,
      final int to,
      final float[][] asAnswers,
      final float[][] candidates,
      final String[] families) {
    final List<float[]> texts = new ArrayList<>();
    final List<Integer> answers = new ArrayList<>();
    for (int i = from; i < to; i++) {
      for (final float[] text : all.get(i).texts()) {
        texts.add(text);
        answers.add(i);
      }
    }
    return Recall.of(
        encoder.embedTexts(texts.toArray(float[][]::new)),
        answers.stream().mapToInt(Integer::intValue).toArray(),
        asAnswers,
        candidates,
        families);
  }
}
