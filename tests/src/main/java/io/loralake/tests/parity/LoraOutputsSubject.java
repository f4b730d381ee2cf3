package io.loralake.tests.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.adapter.PeftConfig;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.fusion.Strategy;
import io.loralake.model.Fusion;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.text.ClipTextEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@code lora/}: what the transformer and CLIP make of every file, at the fixtures' scales. */
final class LoraOutputsSubject implements ModelSubject {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double TOLERANCE = 1e-4;

  @Override
  public void run(final Path fixtures, final Report report, final Backend backend)
      throws IOException {
    final Path folder = fixtures.resolve("lora");
    final JsonNode expected = JSON.readTree(folder.resolve("expected.json").toFile());
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
    try (ClipCase clip = new ClipCase(fixtures, expected.get("te_input_case").asText(), backend);
        FixtureFile outputs =
            new FixtureFile(folder.resolve(expected.get("te_outputs").asText()))) {
      for (final JsonNode entry : expected.get("files")) {
        final String file = entry.get("file").asText();
        if (entry.get("text_encoder_deltas").isTextual()) {
          compareClip(folder.resolve(file), clip, new Comparison(file, outputs, report, backend));
        }
      }
    }
  }

  /** CLIP with the file's text-encoder layers, scale 1. */
  private static void compareClip(final Path file, final ClipCase clip, final Comparison comparison)
      throws IOException {
    try (SafetensorsFile stored = PeftConfig.open(file);
        LoadedAdapter loaded = clip.loader().load(file.toString(), stored, clip.manager());
        AdapterFusion fusion =
            AdapterFusion.prepare(
                clip.manager(), List.of(List.of(new ScaledAdapter(loaded, 1))), Strategy.SUM)) {
      final ClipTextEncoder.Output output = clip.encode(fusion);
      comparison.compare("last_hidden_state", output.lastHiddenState(), TOLERANCE);
      comparison.compare("pooler_output", output.pooled(), TOLERANCE);
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
    try (SafetensorsFile stored = PeftConfig.open(file);
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
