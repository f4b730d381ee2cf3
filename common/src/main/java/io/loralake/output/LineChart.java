package io.loralake.output;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Lines over one axis, as a PNG for reports. */
public final class LineChart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 450;

  private static final MathContext DIGITS = new MathContext(6);

  private final XYChart chart;

  public LineChart(final String title, final String xAxis, final String yAxis) {
    this.chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xAxis)
            .yAxisTitle(yAxis)
            .theme(ChartTheme.Matlab)
            .build();
    chart.getStyler().setyAxisTickLabelsFormattingFunction(LineChart::label);
  }

  /** XChart shows all digits of a line's own values, where the line is flat or short. */
  static String label(final double value) {
    return BigDecimal.valueOf(value).round(DIGITS).stripTrailingZeros().toPlainString();
  }

  /** Adds a line; one without points is left out, one of a single point is a dot. */
  public LineChart line(final String name, final double[] x, final double[] y) {
    if (x.length > 0) {
      chart
          .addSeries(name, x, y)
          .setMarker(x.length == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }
    return this;
  }

  public void write(final Path png) throws IOException {
    Png.write(png, draw(), Map.of());
  }

  /** The chart. */
  public BufferedImage draw() {
    return BitmapEncoder.getBufferedImage(chart);
  }
}
