package io.loralake.tests.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.AdapterFile;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code lora/files}: one update in every naming found in the wild; delta W of every layer. */
final class LoraSubject implements Subject {
  private static final double TOLERANCE = 1e-6;

  @Override
  public void run(final Path fixtures, final Report report) throws IOException {
    final Path directory = fixtures.resolve("lora");
    final LayerTable table =
        LayerTable.of(FluxConfig.load(fixtures.resolve("flux/config.json").toString()));
    final JsonNode expected =
        new ObjectMapper().readTree(directory.resolve("expected.json").toFile());
    for (final JsonNode entry : expected.get("files")) {
      final String name = entry.get("file").asText();
      try {
        final AdapterFile adapter = AdapterFile.load(directory.resolve(name), table);
        final Map<String, float[]> deltas = new HashMap<>();
        for (final JsonNode file : entry.get("deltas")) {
          deltas.putAll(read(directory.resolve(file.asText())));
        }
        compare(name, adapter.transformer(), deltas, report);
        if (entry.path("text_encoder_deltas").isTextual()) {
          final Path file = directory.resolve(entry.get("text_encoder_deltas").asText());
          compare(name + " (clip)", adapter.clip(), read(file), report);
        }
      } catch (final RuntimeException e) {
        report.error(name, e);
      }
    }
  }

  private static Map<String, float[]> read(final Path path) throws IOException {
    final Map<String, float[]> deltas = new HashMap<>();
    try (FixtureFile fixture = new FixtureFile(path)) {
      for (final String name : fixture.names()) {
        deltas.put(name.replaceFirst("\\.weight$", ""), fixture.floats(name));
      }
    }
    return deltas;
  }

  private static void compare(
      final String name,
      final Adapter adapter,
      final Map<String, float[]> deltas,
      final Report report) {
    final Set<String> difference = new TreeSet<>(deltas.keySet());
    difference.removeAll(adapter.layers().keySet());
    adapter.layers().keySet().stream().filter(l -> !deltas.containsKey(l)).forEach(difference::add);
    if (!difference.isEmpty()) {
      report.check(name, false, "layers on one side only: " + difference);
      return;
    }
    double max = 0;
    for (final Map.Entry<String, float[]> delta : deltas.entrySet()) {
      final float[] actual = Products.delta(adapter.layers().get(delta.getKey()));
      max = Math.max(max, Report.maxDifference(actual, delta.getValue()));
    }
    report.compare(name + ", " + deltas.size() + " layers", max, TOLERANCE);
  }
}
