package io.loralake.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransformsTest {
  private static final int PLANE = LabPicture.PLANE;

  /** A disc of many colours on white. */
  private static byte[] disc() {
    final byte[] picture = new byte[3 * PLANE];
    Arrays.fill(picture, (byte) 255);
    final SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < PLANE; i++) {
      final int x = i % LabPicture.SIDE - 16;
      final int y = i / LabPicture.SIDE - 16;
      if (x * x + y * y < 120) {
        picture[i] = (byte) (x * 8 + 128);
        picture[PLANE + i] = (byte) (y * 8 + 128);
        picture[2 * PLANE + i] = (byte) random.nextInt(64);
      }
    }
    return picture;
  }

  @ParameterizedTest
  @EnumSource(Style.class)
  void aStyleIsAFunctionOfThePictureAndLeavesItAlone(final Style style) {
    final byte[] picture = disc();
    final byte[] styled = style.apply(picture);
    assertThat(picture).isEqualTo(disc());
    assertThat(style.apply(disc())).isEqualTo(styled);
    assertThat(Arrays.equals(styled, picture)).isEqualTo(!style.isTransform());
  }

  @Test
  void noTwoTransformsAgreeAndEachShowsTheDisc() {
    final Set<String> results = new HashSet<>();
    final Style[] transforms =
        Stream.of(Style.values()).filter(Style::isTransform).toArray(Style[]::new);
    final byte[] empty = new byte[3 * PLANE];
    Arrays.fill(empty, (byte) 255);
    for (final Style style : transforms) {
      final byte[] styled = style.apply(disc());
      results.add(Arrays.toString(styled));
      final byte[] background = style.apply(empty);
      int different = 0;
      for (int i = 0; i < styled.length; i++) {
        different += Math.abs((styled[i] & 0xff) - (background[i] & 0xff)) > 20 ? 1 : 0;
      }
      assertThat(different).as(style.id()).isGreaterThan(200);
    }
    assertThat(results).hasSameSizeAs(transforms);
  }

  @Test
  void theNegativeOfANegativeIsThePicture() {
    assertThat(Transforms.negative(Transforms.negative(disc()))).isEqualTo(disc());
  }

  @Test
  void grayIsTheBrightnessThatTheStandardGives() {
    final byte[] red = new byte[3 * PLANE];
    Arrays.fill(red, 0, PLANE, (byte) 255);
    final byte[] expected = new byte[3 * PLANE];
    Arrays.fill(expected, (byte) Math.round(0.299 * 255));
    assertThat(Transforms.grayscale(red)).isEqualTo(expected);
  }

  @Test
  void aTileHasOneColour() {
    final byte[] mosaic = Transforms.mosaic(disc());
    for (int i = 0; i < 3 * PLANE; i++) {
      final int x = i % LabPicture.SIDE;
      if (x % 4 == 1) {
        assertThat(mosaic[i]).isEqualTo(mosaic[i - 1]);
      }
    }
  }

  @Test
  void aPosterHasFourInks() {
    final byte[] poster = Transforms.poster(disc());
    final Set<Integer> inks = new HashSet<>();
    for (int i = 0; i < PLANE; i++) {
      inks.add(poster[i] << 16 | (poster[PLANE + i] & 0xff) << 8 | poster[2 * PLANE + i] & 0xff);
    }
    assertThat(inks).hasSizeBetween(2, 4);
  }
}
