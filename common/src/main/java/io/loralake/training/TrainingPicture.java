package io.loralake.training;

import java.util.List;

/**
 * A picture and what it may be called.
 *
 * @param pixels (3, height, width), -1 to 1
 * @param captions one at least
 */
public record TrainingPicture(float[] pixels, List<String> captions) {
  public TrainingPicture {
    captions = List.copyOf(captions);
    if (captions.isEmpty()) {
      throw new IllegalArgumentException("A picture to train on needs a caption");
    }
  }
}
