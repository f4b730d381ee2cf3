package io.loralake.output;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.font.LineBreakMeasurer;
import java.awt.font.TextAttribute;
import java.awt.font.TextLayout;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.text.AttributedString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Pictures in a grid, each with a caption under it, as a PNG for reports. */
public final class ContactSheet {
  private static final int MARGIN = 4;
  private static final int LINE = 12;
  private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 10);

  private record Cell(BufferedImage picture, String caption) {}

  private final int columns;
  private final int side;
  private final int lines;
  private final List<Cell> cells = new ArrayList<>();

  /**
   * @param columns pictures in a row
   * @param side pixels of a picture's longer side on the sheet; small ones are enlarged without
   *     smoothing
   * @param lines of a caption; what does not fit is cut off
   */
  public ContactSheet(final int columns, final int side, final int lines) {
    this.columns = columns;
    this.side = side;
    this.lines = lines;
  }

  /** Takes the next place, row by row. */
  public ContactSheet add(final BufferedImage picture, final String caption) {
    cells.add(new Cell(picture, words(caption)));
    return this;
  }

  /** Leaves the next place empty but for its caption. */
  public ContactSheet skip(final String caption) {
    cells.add(new Cell(null, words(caption)));
    return this;
  }

  /** Without ends of lines, which would be drawn as nothing. */
  private static String words(final String caption) {
    return caption.strip().replaceAll("\\s+", " ");
  }

  public void write(final Path png) throws IOException {
    Png.write(png, draw(), Map.of());
  }

  /** The sheet. */
  public BufferedImage draw() {
    final int width = side + MARGIN;
    final int height = side + MARGIN + lines * LINE;
    final int rows = (cells.size() + columns - 1) / columns;
    final BufferedImage sheet =
        new BufferedImage(
            columns * width + MARGIN, rows * height + MARGIN, BufferedImage.TYPE_INT_RGB);
    final Graphics2D graphics = sheet.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(new Color(0xe8e8e8));
    graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    for (int i = 0; i < cells.size(); i++) {
      final Cell cell = cells.get(i);
      final int x = MARGIN + i % columns * width;
      final int y = MARGIN + i / columns * height;
      if (cell.picture() != null) {
        draw(graphics, cell.picture(), x, y);
      }
      write(graphics, cell.caption(), x, y + side);
    }
    graphics.dispose();
    return sheet;
  }

  private void draw(
      final Graphics2D graphics, final BufferedImage picture, final int x, final int y) {
    final int longer = Math.max(picture.getWidth(), picture.getHeight());
    graphics.drawImage(
        Scaling.within(picture, side),
        x,
        y,
        side * picture.getWidth() / longer,
        side * picture.getHeight() / longer,
        null);
  }

  private void write(final Graphics2D graphics, final String caption, final int x, final int y) {
    if (caption.isEmpty()) {
      return;
    }
    graphics.setColor(Color.BLACK);
    final AttributedString text = new AttributedString(caption);
    text.addAttribute(TextAttribute.FONT, FONT);
    final FontRenderContext context = graphics.getFontRenderContext();
    final LineBreakMeasurer measurer = new LineBreakMeasurer(text.getIterator(), context);
    for (int line = 1; line <= lines && measurer.getPosition() < caption.length(); line++) {
      final TextLayout layout = measurer.nextLayout(side);
      layout.draw(graphics, x, y + line * LINE - 2);
    }
  }
}
