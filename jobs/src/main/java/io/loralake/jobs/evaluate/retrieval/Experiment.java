package io.loralake.jobs.evaluate.retrieval;

import io.loralake.alignment.ContrastiveHead;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.RidgeTraining;
import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.runtime.WorkFolder;
import java.io.IOException;
import java.util.List;

/** A head with its options: trains an encoder for a split and a seed. */
@FunctionalInterface
interface Experiment {
  EncoderArtifact train(List<TrainingAdapter> adapters, SketchLayout layout, long seed)
      throws IOException;

  static Experiment ridge(final RidgeTraining.Options options) {
    return (adapters, layout, seed) ->
        RidgeTraining.train(adapters, layout, "evaluate", options).artifact();
  }

  /** All steps are taken: what is held out may not choose. */
  static Experiment contrastive(final ContrastiveOptions options) {
    return (adapters, layout, seed) -> {
      try (WorkFolder work = WorkFolder.temporary()) {
        return new ContrastiveHead(
                layout, "evaluate", options.withSeed(seed), work.path(), line -> {})
            .train(adapters, List.of());
      }
    };
  }
}
