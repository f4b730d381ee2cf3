package io.loralake.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.ChartTheme;

/** Groups of points in a plane, as a PNG for reports. */
public final class PointChart {
  private static final int SIDE = 800;

  private final XYChart chart;

  public PointChart(final String title) {
    this.chart =
        new XYChartBuilder()
            .width(SIDE + 200)
            .height(SIDE)
            .title(title)
            .theme(ChartTheme.GGPlot2)
            .build();
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(7);
  }

  /** Adds a group with its own colour. */
  public PointChart points(final String name, final double[] x, final double[] y) {
    chart.addSeries(name, x, y);
    return this;
  }

  public void write(final Path png) throws IOException {
    Files.createDirectories(png.toAbsolutePath().getParent());
    Files.write(png, BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG));
  }
}
