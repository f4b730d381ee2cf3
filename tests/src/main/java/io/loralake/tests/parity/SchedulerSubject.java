package io.loralake.tests.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.FlowMatchEuler;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code scheduler/}: noise levels of both models, and Euler steps. */
final class SchedulerSubject implements Subject {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double SIGMA_TOLERANCE = 5e-7;
  private static final double TIMESTEP_TOLERANCE = 5e-4;
  private static final double STEP_TOLERANCE = 1e-6;

  @Override
  public void run(final Path fixtures, final Report report) throws IOException {
    final Path folder = fixtures.resolve("scheduler");
    try (DirectoryStream<Path> schedules = Files.newDirectoryStream(folder, "*.json")) {
      for (final Path schedule : schedules) {
        schedule(schedule, report);
      }
    }
    try (FixtureFile fixture = new FixtureFile(folder.resolve("euler_steps.safetensors"));
        NDManager manager = Backend.REFERENCE.newManager()) {
      steps(manager, fixture, report);
    }
  }

  private static void schedule(final Path file, final Report report) throws IOException {
    final JsonNode json = JSON.readTree(file.toFile());
    final FlowMatchEuler scheduler = FlowMatchEuler.parse(json.get("config"));
    for (final JsonNode entry : json.get("cases")) {
      final int steps = entry.get("steps").asInt();
      final int tokens = entry.get("image_seq_len").asInt();
      final float[] sigmas = scheduler.sigmas(steps, tokens);
      final String name = "%s %d tokens %d steps".formatted(file.getFileName(), tokens, steps);
      report.compare(
          name + " sigmas",
          Report.maxDifference(sigmas, floats(entry.get("sigmas"))),
          SIGMA_TOLERANCE);
      final float[] timesteps = new float[steps];
      for (int i = 0; i < steps; i++) {
        timesteps[i] = 1000 * sigmas[i];
      }
      report.compare(
          name + " timesteps",
          Report.maxDifference(timesteps, floats(entry.get("timesteps"))),
          TIMESTEP_TOLERANCE);
    }
  }

  private static float[] floats(final JsonNode values) {
    return JSON.convertValue(values, float[].class);
  }

  private static void steps(final NDManager manager, final FixtureFile fixture, final Report report)
      throws IOException {
    final Comparison comparison = new Comparison("euler_steps", fixture, report, Backend.REFERENCE);
    final float[] sigmas = fixture.floats("sigmas");
    for (int i = 0; i + 1 < sigmas.length; i++) {
      final NDArray x = fixture.array(manager, "x." + i);
      final NDArray v = fixture.array(manager, "v." + i);
      comparison.compare(
          "x." + (i + 1), FlowMatchEuler.step(x, v, sigmas[i], sigmas[i + 1]), STEP_TOLERANCE);
    }
  }
}
