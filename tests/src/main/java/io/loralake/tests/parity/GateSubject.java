package io.loralake.tests.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.Gate;
import io.loralake.fusion.GatedStrategy;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** {@code gate/}: gated fusion of one layer with its gradients, and of the whole transformer. */
final class GateSubject implements ModelSubject {
  private static final double TOLERANCE = 1e-5;
  private static final double GRADIENT_TOLERANCE = 1e-4;
  private static final double MODEL_TOLERANCE = 1e-4;

  @Override
  public void run(final Path fixtures, final Report report, final Backend backend)
      throws IOException {
    final Path folder = fixtures.resolve("gate");
    final JsonNode cases = new ObjectMapper().readTree(folder.resolve("cases.json").toFile());
    for (final JsonNode entry : cases.get("cases")) {
      final String file = entry.get("file").asText();
      try (FixtureFile fixture = new FixtureFile(folder.resolve(file))) {
        final Comparison comparison = new Comparison(file, fixture, report, Backend.REFERENCE);
        for (final JsonNode count : entry.get("lora_counts")) {
          compare(count.asInt(), fixture, comparison);
        }
        comparison.checkNothingLeft("n");
      }
    }
    final JsonNode model = cases.get("model");
    try (FluxCase flux =
            new FluxCase(
                fixtures,
                model.get("base_weights").asText(),
                model.get("input_case").asText(),
                backend);
        FixtureFile fixture = new FixtureFile(folder.resolve(model.get("file").asText()))) {
      compareModel(flux, fixture, new Comparison("model", fixture, report, backend), backend);
    }
  }

  /** A gate in every layer that has adapters; the first one, two, ... adapters together. */
  private static void compareModel(
      final FluxCase flux,
      final FixtureFile fixture,
      final Comparison comparison,
      final Backend backend)
      throws IOException {
    final List<Layer> layers = LayerTable.of(flux.config()).blockLayers();
    final Map<String, Gate> gates = new HashMap<>();
    for (final Layer layer : layers) {
      final String prefix = "gate." + layer.name() + ".";
      if (fixture.names().contains(prefix + "bias")) {
        gates.put(layer.name(), gate(fixture, prefix, flux.manager(), backend.precision()));
      }
    }
    final List<ScaledAdapter> adapters = new ArrayList<>();
    for (int k = 0; fixture.names().contains("out.n" + (k + 1)); k++) {
      final Map<String, LowRank> updates = new LinkedHashMap<>();
      for (final Layer layer : layers) {
        final String prefix = "lora." + k + "." + layer.name() + ".";
        if (fixture.names().contains(prefix + "A")) {
          updates.put(layer.name(), fixture.lowRank(prefix));
        }
      }
      final Adapter adapter = new Adapter("lora." + k, updates);
      adapters.add(
          new ScaledAdapter(LoadedAdapter.load(adapter, flux.manager(), backend.precision()), 1));
      try (AdapterFusion fusion =
          AdapterFusion.prepare(
              flux.manager(), List.of(adapters, adapters), new GatedStrategy(gates))) {
        comparison.compare("out.n" + (k + 1), flux.velocity(fusion), MODEL_TOLERANCE);
      }
    }
    comparison.checkNothingLeft("out.");
  }

  private static Gate gate(
      final FixtureFile fixture,
      final String prefix,
      final NDManager manager,
      final Precision precision) {
    return Gate.of(
        name -> {
          try {
            return precision.of(fixture.array(manager, prefix + name));
          } catch (final IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** The first {@code count} adapters; the gradient is that of sum(out^2). */
  private static void compare(
      final int count, final FixtureFile fixture, final Comparison comparison) throws IOException {
    final String prefix = "n" + count + ".";
    try (NDManager manager = PyTorch.manager();
        GradientTape tape = new GradientTape()) {
      final Map<String, NDArray> variables = new LinkedHashMap<>(); // by the name of its gradient
      final Gate gate =
          Gate.of(name -> variable(manager, fixture, "gate." + name, name, variables));
      final NDArray y = variable(manager, fixture, "in.base", "in.base", variables);
      final List<NDArray> outputs =
          IntStream.range(0, count)
              .mapToObj(k -> variable(manager, fixture, "in.lora." + k, "lora." + k, variables))
              .toList();
      final NDArray out = gate.forward(y, outputs);
      comparison.compare(prefix + "out", out, TOLERANCE);
      tape.backward(out.square().sum());
      for (final Map.Entry<String, NDArray> variable : variables.entrySet()) {
        comparison.compare(
            prefix + "grad." + variable.getKey(),
            variable.getValue().getGradient(),
            GRADIENT_TOLERANCE);
      }
    }
  }

  private static NDArray variable(
      final NDManager manager,
      final FixtureFile fixture,
      final String tensor,
      final String name,
      final Map<String, NDArray> variables) {
    try {
      final NDArray array = fixture.array(manager, tensor);
      array.setRequiresGradient(true);
      variables.put(name, array);
      return array;
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
