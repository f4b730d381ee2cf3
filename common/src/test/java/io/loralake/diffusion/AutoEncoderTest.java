package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;

class AutoEncoderTest {
  private static final AutoEncoderConfig SMALL =
      new AutoEncoderConfig(3, List.of(8, 16, 16), 1, 4, 4, 1, 0);

  /** The published ae.safetensors: 244 tensors, 83,819,683 parameters. */
  @Test
  void layoutEqualsThePublishedCheckpoint() {
    assertThat(AutoEncoder.layout(AutoEncoderConfig.FLUX).shapes()).hasSize(244);
    assertThat(AutoEncoder.layout(AutoEncoderConfig.FLUX).parameters()).isEqualTo(83_819_683L);
  }

  @Test
  void learnsToReproduceAPicture() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Weights weights = Weights.random(AutoEncoder.layout(SMALL), manager, Precision.F32, 5)) {
      final AutoEncoder autoEncoder = new AutoEncoder(SMALL, weights);
      weights.arrays().values().forEach(weight -> weight.setRequiresGradient(true));
      final NDArray image = manager.randomUniform(-1, 1, new Shape(2, 3, 16, 16));
      final NDArray noise = manager.randomNormal(new Shape(2, 4, 4, 4)).mul(0.01f);
      float first = 0;
      float last = 0;
      for (int step = 0; step < 30; step++) {
        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
          final NDArray latent = autoEncoder.encode(image).sample(noise);
          final NDArray loss = autoEncoder.decode(latent).sub(image).square().mean();
          collector.backward(loss);
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
