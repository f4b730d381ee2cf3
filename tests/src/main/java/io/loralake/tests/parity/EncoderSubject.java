package io.loralake.tests.parity;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.encoder.ReferenceEncoder;
import io.loralake.model.Layer;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code encoder/}: the reference's adapter encoder. */
final class EncoderSubject implements Subject {
  private static final double TOLERANCE = 1e-5;

  /** Tokens reach 18.6, where PyTorch's own float32 differs from the stored ones by 1.05e-5. */
  private static final double TOKEN_TOLERANCE = 4e-5;

  @Override
  public void run(final Path fixtures, final Report report) throws IOException {
    final Path folder = fixtures.resolve("encoder");
    final JsonNode config = new ObjectMapper().readTree(folder.resolve("config.json").toFile());
    final List<Layer> layers = layers(config);
    try (NDManager manager = PyTorch.manager();
        SafetensorsFile weights = SafetensorsFile.open(folder.resolve("weights.safetensors"));
        FixtureFile fixture = new FixtureFile(folder.resolve("cases.safetensors"));
        ReferenceEncoder encoder =
            ReferenceEncoder.load(weights, layers, config.get("num_heads").asInt(), manager)) {
      final Comparison comparison = new Comparison("encoder", fixture, report, Backend.REFERENCE);
      for (int k = 0; fixture.names().contains("out." + k + ".embedding"); k++) {
        final Adapter adapter = adapter("lora." + k, layers, fixture);
        comparison.compare(
            "out." + k + ".tokens", encoder.tokens(adapter, manager), TOKEN_TOLERANCE);
        comparison.compare("out." + k + ".embedding", encoder.embed(adapter, manager), TOLERANCE);
      }
      comparison.checkNothingLeft("out.");
    }
  }

  private static List<Layer> layers(final JsonNode config) {
    final List<Layer> layers = new ArrayList<>();
    for (final JsonNode layer : config.get("layers_in_token_order")) {
      layers.add(
          new Layer(
              layer.get("bfl_name").asText(),
              layer.get("in").asInt(),
              layer.get("out").asInt(),
              layer.get("type").asText()));
    }
    return layers;
  }

  private static Adapter adapter(
      final String id, final List<Layer> layers, final FixtureFile fixture) throws IOException {
    final Map<String, LowRank> updates = new LinkedHashMap<>();
    for (final Layer layer : layers) {
      updates.put(layer.name(), fixture.lowRank(id + "." + layer.name() + "."));
    }
    return new Adapter(id, updates);
  }
}
