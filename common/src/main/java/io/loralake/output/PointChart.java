package io.loralake.output;

import io.loralake.safetensors.AtomicFile;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Groups of points in a plane, as a PNG for reports. */
public final class PointChart {
  private static final int SIDE = 800;

  /** Okabe and Ito's palette, which colour-blind readers tell apart; no yellow on a pale ground. */
  private static final Color[] COLOURS = {
    new Color(0xE69F00),
    new Color(0x56B4E9),
    new Color(0x009E73),
    Color.BLACK,
    new Color(0x0072B2),
    new Color(0xD55E00),
    new Color(0xCC79A7)
  };

  /** Seven colours and three forms: 21 groups before one looks like another. */
  private static final Marker[] FORMS = {
    SeriesMarkers.CIRCLE, SeriesMarkers.DIAMOND, SeriesMarkers.TRIANGLE_UP
  };

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
    chart.getStyler().setSeriesColors(COLOURS);
    chart.getStyler().setSeriesMarkers(FORMS);
  }

  /** Adds a group with a look of its own. */
  public PointChart points(final String name, final double[] x, final double[] y) {
    chart.addSeries(name, x, y);
    return this;
  }

  public void write(final Path png) throws IOException {
    AtomicFile.write(
        png,
        partial -> Files.write(partial, BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG)));
  }
}
