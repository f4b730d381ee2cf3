package io.loralake.lab;

/** Picture styles that are computed: each maps 3 x 32 x 32 bytes to as many, always the same. */
final class Transforms {
  private static final int SIDE = LabPicture.SIDE;
  private static final int PLANE = LabPicture.PLANE;
  private static final int WHITE = 0xffffff;

  /** A pixel's new colour. */
  @FunctionalInterface
  private interface Colour {
    int of(int x, int y);
  }

  private Transforms() {}

  static byte[] grayscale(final byte[] picture) {
    return paint((x, y) -> gray(luma(picture, x, y)));
  }

  static byte[] sepia(final byte[] picture) {
    return paint((x, y) -> mix(0x2a1505, 0xffeecb, luma(picture, x, y)));
  }

  static byte[] negative(final byte[] picture) {
    return paint((x, y) -> WHITE - at(picture, x, y));
  }

  /** Rose duotone. */
  static byte[] rose(final byte[] picture) {
    return paint((x, y) -> mix(0x6a0040, 0xffd0e0, luma(picture, x, y)));
  }

  /** Four inks: navy, red, pale blue, cream. */
  static byte[] poster(final byte[] picture) {
    final int[] inks = {0x003050, 0xd71e28, 0x7096a0, 0xfce4a8};
    final int[] bounds = {75, 145, 215};
    return paint(
        (x, y) -> {
          int ink = 0;
          while (ink < bounds.length && luma(picture, x, y) >= bounds[ink]) {
            ink++;
          }
          return inks[ink];
        });
  }

  /** Tiles of 3 x 3 pixels with joints between. */
  static byte[] mosaic(final byte[] picture) {
    final int tile = 4;
    return paint(
        (x, y) ->
            x % tile == tile - 1 || y % tile == tile - 1
                ? 0xc4beb2
                : mean(picture, x / tile * tile, y / tile * tile, tile - 1));
  }

  /** Moonlight; what was white becomes sky with a few stars. */
  static byte[] night(final byte[] picture) {
    return paint(
        (x, y) -> {
          final int rgb = at(picture, x, y);
          if (rgb == WHITE && (x * 37 + y * 101 + x * y * 7) % 61 == 0) {
            return 0xf0e8b0;
          }
          return rgb(
              6 + red(rgb) * 70 / 255, 8 + green(rgb) * 78 / 255, 30 + blue(rgb) * 110 / 255);
        });
  }

  /** Outlines and hatching on paper. */
  static byte[] pencil(final byte[] picture) {
    return paint(
        (x, y) -> {
          final int luma = luma(picture, x, y);
          int tone = 228 + luma * 24 / 255;
          if (luma < 200 && (x + y) % 3 == 0) {
            tone -= 36;
          }
          if (luma < 110 && (x - y + SIDE) % 3 == 0) {
            tone -= 44;
          }
          return gray(Math.max(30, tone - edge(picture, x, y)));
        });
  }

  /** White outlines on blue paper with a grid. */
  static byte[] blueprint(final byte[] picture) {
    return paint(
        (x, y) -> {
          final int paper = x % 8 == 4 || y % 8 == 4 ? 0x2a5cb4 : 0x1c4ba4;
          final int shade = (255 - luma(picture, x, y)) / 5;
          return mix(paper, 0xf0f6ff, Math.min(255, shade + edge(picture, x, y)));
        });
  }

  /** Patches of one colour each, thinned with water, on paper. */
  static byte[] watercolour(final byte[] picture) {
    final byte[] patches = paint((x, y) -> calmest(picture, x, y));
    return paint(
        (x, y) -> {
          final int wash = 150 + (x * 3 + y * 5) % 11 * 3 + (x / 3 * 7 + y / 4 * 5) % 7 * 9;
          final int thinned = mix(0xf6ecd2, at(patches, x, y), wash);
          return mix(thinned, 0x504060, edge(patches, x, y) / 4);
        });
  }

  /** The mean of that of the four 3 x 3 squares at the pixel that varies least (Kuwahara). */
  private static int calmest(final byte[] picture, final int x, final int y) {
    int best = Integer.MAX_VALUE;
    int colour = 0;
    for (int corner = 0; corner < 4; corner++) {
      final int left = x - 2 * (corner % 2);
      final int top = y - 2 * (corner / 2);
      int low = 255;
      int high = 0;
      for (int i = 0; i < 9; i++) {
        final int luma = luma(picture, left + i % 3, top + i / 3);
        low = Math.min(low, luma);
        high = Math.max(high, luma);
      }
      if (high - low < best) {
        best = high - low;
        colour = mean(picture, left, top, 3);
      }
    }
    return colour;
  }

  private static int mean(final byte[] picture, final int left, final int top, final int size) {
    int red = 0;
    int green = 0;
    int blue = 0;
    for (int i = 0; i < size * size; i++) {
      final int rgb = at(picture, left + i % size, top + i / size);
      red += red(rgb);
      green += green(rgb);
      blue += blue(rgb);
    }
    return rgb(red / (size * size), green / (size * size), blue / (size * size));
  }

  /** Steepness of the strongest channel, 0 to 255. */
  private static int edge(final byte[] picture, final int x, final int y) {
    int strongest = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      final int across =
          (at(picture, x + 1, y) >> shift & 0xff) - (at(picture, x - 1, y) >> shift & 0xff);
      final int down =
          (at(picture, x, y + 1) >> shift & 0xff) - (at(picture, x, y - 1) >> shift & 0xff);
      strongest = Math.max(strongest, Math.abs(across) + Math.abs(down));
    }
    return Math.min(255, strongest * 5 / 4);
  }

  private static byte[] paint(final Colour colour) {
    final byte[] picture = new byte[3 * PLANE];
    for (int i = 0; i < PLANE; i++) {
      final int rgb = colour.of(i % SIDE, i / SIDE);
      picture[i] = (byte) red(rgb);
      picture[PLANE + i] = (byte) green(rgb);
      picture[2 * PLANE + i] = (byte) blue(rgb);
    }
    return picture;
  }

  /** The colour at a place; outside, that of the nearest border pixel. */
  private static int at(final byte[] picture, final int x, final int y) {
    final int i = Math.max(0, Math.min(SIDE - 1, y)) * SIDE + Math.max(0, Math.min(SIDE - 1, x));
    return rgb(picture[i] & 0xff, picture[PLANE + i] & 0xff, picture[2 * PLANE + i] & 0xff);
  }

  /** Brightness by ITU-R BT.601, 0 to 255. */
  private static int luma(final byte[] picture, final int x, final int y) {
    final int rgb = at(picture, x, y);
    return (299 * red(rgb) + 587 * green(rgb) + 114 * blue(rgb) + 500) / 1000;
  }

  /** {@code share} of 255 parts of {@code to}. */
  private static int mix(final int from, final int to, final int share) {
    return rgb(
        red(from) + (red(to) - red(from)) * share / 255,
        green(from) + (green(to) - green(from)) * share / 255,
        blue(from) + (blue(to) - blue(from)) * share / 255);
  }

  private static int gray(final int level) {
    return rgb(level, level, level);
  }

  private static int rgb(final int red, final int green, final int blue) {
    return red << 16 | green << 8 | blue;
  }

  private static int red(final int rgb) {
    return rgb >> 16 & 0xff;
  }

  private static int green(final int rgb) {
    return rgb >> 8 & 0xff;
  }

  private static int blue(final int rgb) {
    return rgb & 0xff;
  }
}
