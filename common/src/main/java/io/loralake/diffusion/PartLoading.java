package io.loralake.diffusion;

import io.loralake.model.Checkpoint;
import io.loralake.model.InvalidCheckpointException;
import io.loralake.model.Weights;
import java.io.IOException;
import java.nio.file.Path;

/** Takes the weights of one part of a base model out of its checkpoint. */
@FunctionalInterface
interface PartLoading {
  Weights from(Checkpoint checkpoint) throws IOException;

  static Weights load(final Path path, final PartLoading loading) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      return loading.from(checkpoint);
    } catch (final InvalidCheckpointException e) {
      throw new InvalidCheckpointException(e.getMessage() + ModelFolder.defaults(path), e);
    }
  }
}
