package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.Weights;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class AutoEncoderTest {
  private static final AutoEncoderConfig SMALL =
      new AutoEncoderConfig(3, List.of(8, 16, 16), 1, 4, 4, 1, 0);

  /** The published ae.safetensors: 244 tensors, 83,819,683 parameters. */
  @Test
  void layoutEqualsThePublishedCheckpoint() {
    assertThat(AutoEncoder.layout(AutoEncoderConfig.FLUX).shapes()).hasSize(244);
    assertThat(AutoEncoder.layout(AutoEncoderConfig.FLUX).parameters()).isEqualTo(83_819_683L);
  }

  /** Scores of all pairs of the 16,384 tokens in the middle would take a gigabyte. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void attentionBetweenManyTokensWritesNoScores() throws IOException {
    try (NDManager manager = PyTorch.manager();
        Weights weights = Weights.random(AutoEncoder.layout(SMALL), manager, Precision.F32, 5)) {
      final AutoEncoder autoEncoder = new AutoEncoder(SMALL, weights);
      final NDArray latent = manager.randomNormal(new Shape(1, 4, 128, 128));
      Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // the peak is counted anew
      final long before = kilobytes("VmRSS");
      autoEncoder.decode(latent).close();
      assertThat(kilobytes("VmHWM") - before).isLessThan(400_000L);
    }
  }

  private static long kilobytes(final String name) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void learnsToReproduceAPicture() {
    try (NDManager manager = PyTorch.manager();
        Weights weights = Weights.random(AutoEncoder.layout(SMALL), manager, Precision.F32, 5)) {
      final AutoEncoder autoEncoder = new AutoEncoder(SMALL, weights);
      weights.arrays().values().forEach(weight -> weight.setRequiresGradient(true));
      final NDArray image = manager.randomUniform(-1, 1, new Shape(2, 3, 16, 16));
      final NDArray noise = manager.randomNormal(new Shape(2, 4, 4, 4)).mul(0.01f);
      float first = 0;
      float last = 0;
      for (int step = 0; step < 30; step++) {
        try (GradientTape tape = new GradientTape()) {
          final NDArray latent = autoEncoder.encode(image).sample(noise);
          final NDArray loss = autoEncoder.decode(latent).sub(image).square().mean();
          tape.backward(loss);
          last = loss.getFloat();
        }
        first = step == 0 ? last : first;
        for (final NDArray weight : weights.arrays().values()) {
          try (NDArray gradient = weight.getGradient()) {
            weight.subi(gradient.mul(0.02f));
            gradient.muli(0);
          }
        }
      }
      assertThat(last).isLessThan(first * 0.8f);
    }
  }
}
