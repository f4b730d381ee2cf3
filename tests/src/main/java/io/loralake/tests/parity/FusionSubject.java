package io.loralake.tests.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.adapter.Adapter;
import io.loralake.fusion.GlobalLora;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code fusion/}: the best rank-q approximation of a sum of adapters. */
final class FusionSubject implements Subject {
  private static final double TOLERANCE = 1e-4;

  @Override
  public void run(final Path fixtures, final Report report) throws IOException {
    final Path directory = fixtures.resolve("fusion");
    final JsonNode cases = new ObjectMapper().readTree(directory.resolve("cases.json").toFile());
    try (FixtureFile fixture = new FixtureFile(directory.resolve("cases.safetensors"))) {
      for (final JsonNode entry : cases.get("cases")) {
        final String layer = entry.get("layer").asText();
        final int rank = entry.get("q").asInt();
        final List<Adapter> adapters = new ArrayList<>();
        for (int k = 0; fixture.names().contains(layer + ".lora" + k + ".A"); k++) {
          final String prefix = layer + ".lora" + k + ".";
          adapters.add(new Adapter(prefix, Map.of(layer, fixture.lowRank(prefix))));
        }
        final Adapter global = GlobalLora.of("global", adapters, rank);
        final String expected = layer + ".q" + rank + ".delta";
        report.compare(
            expected,
            Report.maxDifference(
                Products.delta(global.layers().get(layer)), fixture.floats(expected)),
            TOLERANCE);
      }
    }
  }
}
