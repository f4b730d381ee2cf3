package io.loralake.jobs.evaluate;

import io.loralake.alignment.ContrastiveHead;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.RidgeTraining;
import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.SketchLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.fs.FileUtil;

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
      final Path work = Files.createTempDirectory("loralake-evaluate-");
      try {
        return new ContrastiveHead(layout, "evaluate", options.withSeed(seed), work, line -> {})
            .train(adapters, List.of());
      } finally {
        FileUtil.fullyDelete(work.toFile());
      }
    };
  }
}
