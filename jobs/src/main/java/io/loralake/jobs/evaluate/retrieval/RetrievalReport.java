package io.loralake.jobs.evaluate.retrieval;

import io.loralake.alignment.ContrastiveOptions;
import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.evaluate.Splits;
import io.loralake.jobs.runtime.Amount;
import io.loralake.output.LineChart;
import io.loralake.output.PointChart;
import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** Tables as Markdown, with a map of the space and recall against the number of adapters. */
record RetrievalReport(KnownAdapters known, Splits splits, Path file) {
  private static final String SIZES = "training adapters";

  /**
   * Writes the tables and what is drawn from their rows.
   *
   * @param tables of the rows, as Markdown
   */
  void write(final List<Row> rows, final String tables) throws IOException {
    final String stem = stem();
    final StringBuilder text = new StringBuilder("# Retrieval, measured\n\n");
    text.append(
        """
        %s. Where a row does not say otherwise, prompts are captions of those whose combination its split holds out. R@k: per cent of prompts that find their adapter among the first k, mean over
        splits and seeds, ± half of the 95 %% interval over combinations. MRR: mean of 1 / rank. Style, subject: per cent of prompts whose first hit has the right one.
        """
            .formatted(Amount.of(known.adapters().size(), "adapter")));
    text.append(tables);
    text.append("\n## Plots\n\n");
    if (rows.stream().anyMatch(row -> row.group().equals(SIZES))) {
      sizes(rows);
      text.append("![recall against training adapters](").append(stem).append("-sizes.png)\n");
    }
    text.append("![by style](").append(stem).append("-map-style.png)\n");
    text.append("![by subject](").append(stem).append("-map-subject.png)\n");
    AtomicFile.writeText(file, text.toString());
  }

  private String stem() {
    return file.getFileName().toString().replaceFirst("[.]md$", "");
  }

  private Path beside(final String end) {
    return file.resolveSibling(stem() + end + ".png");
  }

  private void sizes(final List<Row> rows) throws IOException {
    final LineChart chart =
        new LineChart("Recall at 1 of held-out combinations", "training adapters", "R@1");
    for (final String head : List.of("ridge", "contrastive")) {
      final Map<Double, List<Row>> bySize = new TreeMap<>();
      for (final Row row : rows) {
        if (row.group().equals(SIZES) && row.name().startsWith(head + ",")) {
          final String size = row.name().substring(head.length() + 2);
          final double number = size.equals("all") ? trained() : Double.parseDouble(size);
          bySize.computeIfAbsent(number, key -> new ArrayList<>()).add(row);
        }
      }
      chart.line(
          head,
          bySize.keySet().stream().mapToDouble(it -> it).toArray(),
          bySize.values().stream().mapToDouble(list -> Row.mean(list, 1)).toArray());
    }
    chart.write(beside("-sizes"));
  }

  /** Adapters that a split leaves to train on, on average. */
  private double trained() {
    return splits.heldOut().values().stream()
        .mapToLong(
            held ->
                known.adapters().stream().filter(it -> !held.contains(it.combination())).count())
        .average()
        .orElseThrow();
  }

  /**
   * Draws the two leading principal directions of all embeddings of the first split's encoder.
   *
   * @param options of that encoder's training
   */
  void maps(final ContrastiveOptions options) throws IOException {
    final Set<String> held = splits.heldOut().values().iterator().next();
    final List<KnownAdapter> adapters = known.adapters();
    final EncoderArtifact artifact =
        Experiment.contrastive(options)
            .train(
                adapters.stream()
                    .filter(it -> !held.contains(it.combination()))
                    .map(KnownAdapter::toTraining)
                    .toList(),
                known.layout(),
                0);
    try (AdapterEncoder encoder = artifact.open()) {
      final float[][] vectors = encoder.embed(adapters.stream().map(KnownAdapter::sketch).toList());
      final double[][] points = PlaneMap.of(vectors);
      map(beside("-map-style"), "style", points, it -> it.truth().style());
      map(beside("-map-subject"), "subject", points, it -> it.truth().subject());
    }
  }

  private void map(
      final Path png,
      final String title,
      final double[][] points,
      final Function<KnownAdapter, String> colour)
      throws IOException {
    final PointChart chart = new PointChart("Adapters in the shared space, by " + title);
    final Map<String, List<double[]>> groups = new TreeMap<>();
    for (int i = 0; i < points.length; i++) {
      groups
          .computeIfAbsent(colour.apply(known.adapters().get(i)), key -> new ArrayList<>())
          .add(points[i]);
    }
    groups.forEach(
        (name, members) ->
            chart.points(
                name,
                members.stream().mapToDouble(point -> point[0]).toArray(),
                members.stream().mapToDouble(point -> point[1]).toArray()));
    chart.write(png);
  }
}
