package io.loralake.tests.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.Fusion;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.fusion.Strategy;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@code lora/}: what the transformer makes of every file, at the scales of the fixtures. */
final class LoraOutputsSubject implements ModelSubject {
  private static final double TOLERANCE = 1e-4;

  @Override
  public void run(final Path fixtures, final Report report, final Backend backend)
      throws IOException {
    final Path folder = fixtures.resolve("lora");
    final JsonNode expected = new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
    try (FluxCase flux =
            new FluxCase(
                fixtures,
                expected.get("base_weights").asText(),
                expected.get("input_case").asText(),
                backend);
        FixtureFile outputs = new FixtureFile(folder.resolve("outputs.safetensors"))) {
      new Comparison("no adapter:", outputs, report, backend)
          .compare("base", flux.velocity(Fusion.NONE), TOLERANCE);
      for (final JsonNode entry : expected.get("files")) {
        final String file = entry.get("file").asText();
        final Comparison comparison = new Comparison(file, outputs, report, backend);
        try {
          compare(folder.resolve(file), entry.get("outputs"), flux, backend, comparison);
        } catch (final RuntimeException e) {
          report.error(file, e);
        }
      }
    }
  }

  /**
   * @param outputs names such as {@code main.scale0.7}
   */
  private static void compare(
      final Path file,
      final JsonNode outputs,
      final FluxCase flux,
      final Backend backend,
      final Comparison comparison)
      throws IOException {
    final AdapterLoader loader =
        new AdapterLoader(LayerTable.of(flux.config()), backend.precision());
    try (SafetensorsFile stored = SafetensorsFile.open(file);
        LoadedAdapter loaded = loader.load(file.toString(), stored, flux.manager())) {
      for (final JsonNode output : outputs) {
        final String name = output.asText();
        final double scale = Double.parseDouble(name.substring(name.indexOf("scale") + 5));
        final List<ScaledAdapter> adapters = List.of(new ScaledAdapter(loaded, scale));
        try (AdapterFusion fusion =
            AdapterFusion.prepare(flux.manager(), List.of(adapters, adapters), Strategy.SUM)) {
          comparison.compare(name, flux.velocity(fusion), TOLERANCE);
        }
      }
    }
  }
}
