package io.loralake.tests.bench;

import io.loralake.alignment.GramBlock;
import io.loralake.encoder.SketchLayout;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.tensor.Half;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Sketches of as many layers as FLUX.1 has, made on executors: what adapters do is a mixture of a
 * few directions, and noise; their targets are a mixture of the same.
 */
final class SyntheticSketches {
  private static final int DIRECTIONS = 64;
  private static final int WIDTH = 64;
  private static final float NOISE = 0.5f;

  /** E. */
  static final int TARGETS = 384;

  private SyntheticSketches() {}

  static SketchLayout layout() {
    final List<String> layers =
        LayerTable.of(FluxConfig.load("flux-dev")).blockLayers().stream().map(Layer::name).toList();
    return new SketchLayout("synthetic", 1, layers, Collections.nCopies(layers.size(), WIDTH));
  }

  static JavaRDD<GramBlock.Target> of(
      final JavaSparkContext context, final int count, final int partitions) {
    final float[] directions = gaussian(new Random(1), DIRECTIONS * layout().length());
    final float[] meanings = gaussian(new Random(2), DIRECTIONS * TARGETS);
    return context
        .parallelize(IntStream.range(0, count).boxed().toList(), partitions)
        .map(number -> target(number, directions, meanings));
  }

  private static GramBlock.Target target(
      final int number, final float[] directions, final float[] meanings) {
    final Random random = new Random(1_000_003L * number + 7);
    final float[] mixture = gaussian(random, DIRECTIONS);
    final float[] values = mixed(mixture, directions);
    final ByteBuffer halves =
        ByteBuffer.allocate(Short.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (final float value : values) {
      halves.putShort(Half.fromFloat(value + NOISE * random.nextFloat()));
    }
    return new GramBlock.Target(halves.array(), mixed(mixture, meanings), 1);
  }

  private static float[] mixed(final float[] mixture, final float[] directions) {
    final int width = directions.length / mixture.length;
    final float[] sum = new float[width];
    for (int j = 0; j < mixture.length; j++) {
      for (int i = 0; i < width; i++) {
        sum[i] += mixture[j] * directions[j * width + i];
      }
    }
    return sum;
  }

  static float[] gaussian(final Random random, final int count) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
