package io.loralake.tests.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.adapter.LayoutParser;
import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.Sketcher;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** {@code lora/bad}: files that must be refused, each with its reason code. */
final class BadSubject implements Subject {

  @Override
  public void run(final Path fixtures, final Report report) throws IOException {
    final Path directory = fixtures.resolve("lora/bad");
    final LayerTable table =
        LayerTable.of(FluxConfig.load(fixtures.resolve("flux/config.json").toString()));
    final ObjectMapper json = new ObjectMapper();
    try (Sketcher sketcher = new Sketcher(table, ProbeSet.gaussian(table))) {
      for (final String line : Files.readAllLines(directory.resolve("expected.jsonl"))) {
        final JsonNode entry = json.readTree(line);
        final Set<String> accepted = new TreeSet<>(Set.of(entry.get("code").asText()));
        entry.path("also_acceptable").forEach(code -> accepted.add(code.asText()));
        final String name = entry.get("file").asText();
        final String code = code(directory.resolve(name), table, sketcher);
        report.check(
            name,
            accepted.contains(code.substring(0, (code + ":").indexOf(':'))),
            code + ", expected " + accepted);
      }
    }
  }

  private static String code(final Path path, final LayerTable table, final Sketcher sketcher)
      throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      sketcher.sketch(file, LayoutParser.parse(path.toString(), file.header(), table));
      return "OK";
    } catch (final RejectedException e) {
      return e.reason() + ": " + e.getMessage();
    }
  }
}
