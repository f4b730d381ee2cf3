package io.loralake.encoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.PyTorchMemory;
import io.loralake.tensor.TorchOps;
import io.loralake.tensor.Vectors;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** {@link LinearWeights} at work. An instance serves one thread. */
final class LinearEncoder implements AdapterEncoder {
  /** Rows of features that are in memory at once. */
  private static final int BATCH = 128;

  private final EncoderCard card;
  private final SketchFeatures features;
  private final float[] means; // (F)
  private final NDManager manager = PyTorch.manager(Device.cpu());
  private final float[] row; // (F)
  private final FloatBuffer rows; // (BATCH, F), the memory of x
  private final NDArray x;
  private final NDArray weight; // (E, F), a view of (F, E)
  private final NDArray bias; // (E)
  private final TextSide texts;

  LinearEncoder(final EncoderCard card, final LinearWeights weights) {
    this.card = card;
    this.features = new SketchFeatures(card.layout());
    this.means = weights.means();
    this.row = new float[features.length()];
    this.x = manager.create(new Shape(BATCH, row.length));
    this.rows = x.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    this.weight = array(weights.weight(), features.length(), card.dimension()).transpose();
    this.bias = array(weights.bias(), card.dimension());
    this.texts = weights.texts();
  }

  private NDArray array(final float[] values, final long... shape) {
    return PyTorchMemory.copyOf(manager, values, new Shape(shape));
  }

  @Override
  public EncoderCard card() {
    return card;
  }

  @Override
  public float[][] embed(final List<byte[]> sketches) {
    final float[][] embeddings = new float[sketches.size()][];
    for (int from = 0; from < embeddings.length; from += BATCH) {
      embed(sketches.subList(from, Math.min(from + BATCH, embeddings.length)), embeddings, from);
    }
    return embeddings;
  }

  private void embed(final List<byte[]> sketches, final float[][] embeddings, final int at) {
    final boolean[] empty = new boolean[sketches.size()];
    for (int i = 0; i < empty.length; i++) {
      empty[i] = features.write(sketches.get(i), row, 0) == 0;
      features.centre(row, 0, means);
      rows.put(i * row.length, row);
    }
    try (NDManager step = manager.newSubManager()) {
      final NDArray mine = x.get("0:{}", empty.length);
      mine.attach(step);
      final float[][] units = Vectors.unitRows(TorchOps.linear(mine, weight, bias));
      for (int i = 0; i < empty.length; i++) {
        embeddings[at + i] = empty[i] ? null : units[i];
      }
    }
  }

  @Override
  public float[][] embedTexts(final float[][] sentences) {
    return texts.embed(sentences);
  }

  @Override
  public void close() {
    manager.close();
  }
}
