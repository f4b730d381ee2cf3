package io.loralake.tests.parity;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.fusion.Gate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** {@code gate/}: gated fusion of one layer with its gradients. */
final class GateSubject implements Subject {
  private static final double TOLERANCE = 1e-5;
  private static final double GRADIENT_TOLERANCE = 1e-4;

  @Override
  public void run(final Path fixtures, final Report report) throws IOException {
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
  }

  /** The first {@code count} adapters; the gradient is that of sum(out^2). */
  private static void compare(
      final int count, final FixtureFile fixture, final Comparison comparison) throws IOException {
    final String prefix = "n" + count + ".";
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        GradientCollector gradients = Engine.getEngine("PyTorch").newGradientCollector()) {
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
      gradients.backward(out.square().sum());
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
