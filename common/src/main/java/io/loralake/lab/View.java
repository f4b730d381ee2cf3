package io.loralake.lab;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

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

  /** The plain view, its four neighbours at one pixel, and their mirror images if allowed. */
  static List<View> near(final boolean mirrorable) {
    final Stream<Boolean> sides = mirrorable ? Stream.of(false, true) : Stream.of(false);
    return sides
        .flatMap(
            mirrored ->
                Stream.of(
                    new View(mirrored, 0, 0),
                    new View(mirrored, 1, 0),
                    new View(mirrored, -1, 0),
                    new View(mirrored, 0, 1),
                    new View(mirrored, 0, -1)))
        .toList();
  }
}
