package io.loralake.output;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Values from 0 to 1 in a grid, as a PNG for reports: white is 0, dark blue is 1, grey is unknown.
 *
 * @param rows names, from top to bottom
 * @param columns names, from left to right
 * @param values (rows)(columns); NaN where nothing is known
 */
public record HeatMap(
    String title, String axis, List<String> rows, List<String> columns, double[][] values) {
  private static final int CELL_WIDTH = 44;
  private static final int CELL_HEIGHT = 16;
  private static final int LEFT = 230;
  private static final int TOP = 28;
  private static final int BOTTOM = 36;
  private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

  public void write(final Path png) throws IOException {
    Png.write(png, draw(), Map.of());
  }

  /** The map. */
  public BufferedImage draw() {
    final int width = LEFT + columns.size() * CELL_WIDTH + 8;
    final int height = TOP + rows.size() * CELL_HEIGHT + BOTTOM;
    final BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    final Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setFont(FONT);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(Color.BLACK);
    graphics.drawString(title, 8, 18);
    for (int row = 0; row < rows.size(); row++) {
      final int y = TOP + row * CELL_HEIGHT;
      graphics.setColor(Color.BLACK);
      graphics.drawString(rows.get(row), 8, y + 12);
      for (int column = 0; column < columns.size(); column++) {
        cell(graphics, LEFT + column * CELL_WIDTH, y, values[row][column]);
      }
    }
    graphics.setColor(Color.BLACK);
    final int below = TOP + rows.size() * CELL_HEIGHT;
    for (int column = 0; column < columns.size(); column++) {
      graphics.drawString(columns.get(column), LEFT + column * CELL_WIDTH + 8, below + 14);
    }
    graphics.drawString(axis, LEFT, below + 30);
    graphics.dispose();
    return image;
  }

  private static void cell(
      final Graphics2D graphics, final int x, final int y, final double value) {
    if (Double.isNaN(value)) {
      graphics.setColor(Color.LIGHT_GRAY);
      graphics.fillRect(x, y, CELL_WIDTH - 1, CELL_HEIGHT - 1);
      return;
    }
    final float share = (float) Math.max(0, Math.min(1, value));
    graphics.setColor(new Color(1 - 0.9f * share, 1 - 0.75f * share, 1 - 0.4f * share));
    graphics.fillRect(x, y, CELL_WIDTH - 1, CELL_HEIGHT - 1);
    graphics.setColor(share > 0.5 ? Color.WHITE : Color.BLACK);
    graphics.drawString(String.format(Locale.ROOT, "%.2f", value), x + 10, y + 12);
  }
}
