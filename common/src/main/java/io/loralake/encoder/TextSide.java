package io.loralake.encoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.PyTorchMemory;
import io.loralake.tensor.Vectors;
import java.io.Serializable;

/**
 * What an encoder does to texts: the direction of {@code (y - means) weight}. Small enough to go
 * with every task, where the whole encoder is not.
 *
 * @param means (D)
 * @param weight (D, E), row by row
 */
public record TextSide(float[] means, float[] weight) implements Serializable {

  /**
   * Embeds texts.
   *
   * @param sentences (B, D), what the text encoder that the encoder's card names gives
   * @return (B, E), unit vectors
   */
  public float[][] embed(final float[][] sentences) {
    if (sentences.length == 0) {
      return sentences;
    }
    try (NDManager manager = PyTorch.manager(Device.cpu())) {
      final long width = means.length;
      final NDArray centred =
          manager.create(sentences).sub(PyTorchMemory.copyOf(manager, means, new Shape(width)));
      final Shape shape = new Shape(width, weight.length / width);
      return Vectors.unitRows(centred.matMul(PyTorchMemory.copyOf(manager, weight, shape)));
    }
  }
}
