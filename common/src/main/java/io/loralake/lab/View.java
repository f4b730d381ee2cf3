package io.loralake.lab;

import java.util.SplittableRandom;

/**
 * A mild augmentation of a picture.
 *
 * @param mirrored left and right exchanged
 * @param right pixels by which the picture is moved; what enters is white
 * @param down pixels by which the picture is moved
 */
record View(boolean mirrored, int right, int down) {
  static final View PLAIN = new View(false, 0, 0);

  private static final int REACH = 2;

  /** Any view with a move of at most two pixels. */
  static View random(final SplittableRandom random, final boolean mirrorable) {
    return new View(
        mirrorable && random.nextBoolean(),
        random.nextInt(-REACH, REACH + 1),
        random.nextInt(-REACH, REACH + 1));
  }
}
