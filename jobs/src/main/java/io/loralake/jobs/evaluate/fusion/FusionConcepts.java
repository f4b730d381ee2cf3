package io.loralake.jobs.evaluate.fusion;

import io.loralake.training.TrainingPicture;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * What fusion is measured on.
 *
 * @param pictures of each concept, by its name
 * @param width of all pictures, in pixels
 * @param height of all pictures, in pixels
 */
record FusionConcepts(Map<String, Pictures> pictures, int width, int height, Roles roles) {
  /** A concept's pictures, which may be too large to be held with those of the others. */
  @FunctionalInterface
  interface Pictures {
    /** None where they cannot be used, which is told. */
    List<TrainingPicture> read() throws IOException;
  }
}
