package io.loralake.lab;

import com.github.weisj.jsvg.SVGDocument;
import com.github.weisj.jsvg.parser.LoaderContext;
import com.github.weisj.jsvg.parser.SVGLoader;
import com.github.weisj.jsvg.view.ViewBox;
import java.awt.Color;
import java.awt.Component;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

/** From SVG to the lab's pixels: on white, drawn four times as large and averaged. */
final class IconRenderer {
  private static final int SCALE = 4;
  private static final int LARGE = LabPicture.SIDE * SCALE;

  private final SVGLoader loader = new SVGLoader();

  /**
   * @throws IllegalArgumentException when the document cannot be read
   */
  byte[] render(final String svg) {
    final SVGDocument document =
        loader.load(
            new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)),
            null,
            LoaderContext.createDefault());
    if (document == null) {
      throw new IllegalArgumentException(
          "Not an SVG document: " + svg.substring(0, Math.min(80, svg.length())));
    }
    final BufferedImage large = new BufferedImage(LARGE, LARGE, BufferedImage.TYPE_INT_RGB);
    final Graphics2D graphics = large.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, LARGE, LARGE);
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    document.render((Component) null, graphics, new ViewBox(0, 0, LARGE, LARGE));
    graphics.dispose();
    return shrink(large);
  }

  private static byte[] shrink(final BufferedImage large) {
    final byte[] pixels = new byte[3 * LabPicture.PLANE];
    for (int i = 0; i < LabPicture.PLANE; i++) {
      final int[] block =
          large.getRGB(
              i % LabPicture.SIDE * SCALE,
              i / LabPicture.SIDE * SCALE,
              SCALE,
              SCALE,
              null,
              0,
              SCALE);
      for (int channel = 0; channel < 3; channel++) {
        int sum = 0;
        for (final int rgb : block) {
          sum += rgb >> 16 - 8 * channel & 0xff;
        }
        pixels[channel * LabPicture.PLANE + i] =
            (byte) ((sum + SCALE * SCALE / 2) / (SCALE * SCALE));
      }
    }
    return pixels;
  }
}
