package io.loralake.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.output.LineChart;
import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run said about itself: one JSON object a line, {@code {"step": 100, "loss": 0.5, ...}},
 * where a line has any numbers that were taken at that step.
 */
public final class LossCurve {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STEP = "step";

  private static final String FILE = "curve.jsonl";

  private final Path path;
  private final List<String> written = new ArrayList<>(); // since it was resumed, and kept then

  /** The curve of the run in {@code folder}, to be read; without lines where there was no run. */
  public static LossCurve open(final Path folder) {
    return new LossCurve(folder.resolve(FILE));
  }

  /**
   * Opens the curve of the run in {@code folder} that goes on after {@code step} steps; later
   * lines, written by a run that was killed, are dropped. So is a last line that it could not end.
   */
  public static LossCurve resume(final Path folder, final int step) throws IOException {
    final LossCurve curve = open(folder);
    final List<String> kept = new ArrayList<>();
    final List<String> lines = curve.lines();
    for (final String line : lines.subList(0, lines.size() - (curve.isCut() ? 1 : 0))) {
      final Map<String, Double> point = parse(line);
      if (point.get(STEP) <= step) {
        kept.add(JSON.writeValueAsString(point));
      }
    }
    AtomicFile.writeLines(curve.path, kept);
    curve.written.addAll(kept);
    return curve;
  }

  private LossCurve(final Path path) {
    this.path = path;
  }

  /** Adds a line to a curve that was resumed; writes it anew where somebody removed it. */
  public void add(final int step, final Map<String, Double> values) throws IOException {
    final Map<String, Double> point = new LinkedHashMap<>();
    point.put(STEP, (double) step);
    point.putAll(values);
    final String line = JSON.writeValueAsString(point);
    written.add(line);
    try {
      Files.writeString(path, line + "\n", StandardOpenOption.APPEND);
    } catch (final NoSuchFileException e) { // its folder perhaps with it
      AtomicFile.writeLines(path, written);
    } catch (final IOException e) {
      throw AtomicFile.naming(path, e);
    }
  }

  /** All lines so far. */
  public List<Map<String, Double>> points() throws IOException {
    final List<Map<String, Double>> points = new ArrayList<>();
    for (final String line : lines()) {
      points.add(parse(line));
    }
    return points;
  }

  private List<String> lines() throws IOException {
    return Files.exists(path) ? Files.readAllLines(path) : List.of();
  }

  /** Whether the last line lacks its end: the disk was full, or the machine went down. */
  private boolean isCut() throws IOException {
    return Files.exists(path) && Files.size(path) > 0 && !Files.readString(path).endsWith("\n");
  }

  /**
   * The last value of that name.
   *
   * @throws IllegalArgumentException when there is none
   */
  public double last(final String name) throws IOException {
    return points().stream()
        .filter(point -> point.containsKey(name))
        .reduce((before, after) -> after)
        .orElseThrow(() -> new IllegalArgumentException(path + " holds no " + name))
        .get(name);
  }

  private static Map<String, Double> parse(final String line) throws IOException {
    final Map<String, Double> point = new LinkedHashMap<>();
    JSON.readTree(line)
        .properties()
        .forEach(entry -> point.put(entry.getKey(), entry.getValue().asDouble()));
    return point;
  }

  /** Those of the named values that it has, against the step. */
  public LineChart chart(final String title, final List<String> names) throws IOException {
    final List<Map<String, Double>> points = points();
    final List<String> known =
        names.stream()
            .filter(name -> points.stream().anyMatch(point -> point.containsKey(name)))
            .toList();
    final LineChart chart = new LineChart(title, STEP, words(String.join(", ", known)));
    for (final String name : known) {
      final List<Map<String, Double>> having =
          points.stream().filter(point -> point.containsKey(name)).toList();
      chart.line(
          words(name),
          having.stream().mapToDouble(point -> point.get(STEP)).toArray(),
          having.stream().mapToDouble(point -> point.get(name)).toArray());
    }
    return chart;
  }

  private static String words(final String names) {
    return names.replace('_', ' ');
  }
}
