package io.loralake.jobs.alignment;

import io.loralake.alignment.GramBlock;
import io.loralake.alignment.GramRows;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.runtime.OrderedSum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Feature rows on executors, made from sketches anew in each pass. */
public final class SparkGramRows implements GramRows {
  private final JavaSparkContext context;
  private final JavaRDD<GramBlock.Target> adapters;
  private final SketchLayout layout;
  private final float[] means;
  private final double partialWeight;
  private final int width;

  /**
   * @param adapters best cached
   * @param means (F) of the features
   * @param width E, of the targets
   */
  public SparkGramRows(
      final JavaSparkContext context,
      final JavaRDD<GramBlock.Target> adapters,
      final SketchLayout layout,
      final float[] means,
      final double partialWeight,
      final int width) {
    this.context = context;
    this.adapters = adapters;
    this.layout = layout;
    this.means = means;
    this.partialWeight = partialWeight;
    this.width = width;
  }

  @Override
  public Sums sums() {
    final SketchLayout sketches = layout;
    final float[] features = means;
    final double partial = partialWeight;
    final int targets = width;
    final float[] sums =
        OrderedSum.of(
            adapters.mapPartitions(
                partition -> {
                  final Sums mine =
                      new GramBlock(sketches, features, partial).sums(list(partition), targets);
                  final float[] flat =
                      new float[1 + mine.x().length + mine.y().length + mine.cross().length];
                  flat[0] = (float) mine.weight();
                  System.arraycopy(mine.x(), 0, flat, 1, mine.x().length);
                  System.arraycopy(mine.y(), 0, flat, 1 + mine.x().length, targets);
                  System.arraycopy(
                      mine.cross(), 0, flat, 1 + mine.x().length + targets, mine.cross().length);
                  return List.of(flat).iterator();
                }),
            SparkGramRows::add);
    final int f = means.length;
    return new Sums(
        sums[0],
        Arrays.copyOfRange(sums, 1, 1 + f),
        Arrays.copyOfRange(sums, 1 + f, 1 + f + width),
        Arrays.copyOfRange(sums, 1 + f + width, sums.length));
  }

  @Override
  public float[] gram(final float[] p) {
    final SketchLayout sketches = layout;
    final float[] features = means;
    final double partial = partialWeight;
    final Broadcast<float[]> sent = context.broadcast(p);
    try {
      return OrderedSum.of(
          adapters.mapPartitions(
              partition ->
                  List.of(
                          new GramBlock(sketches, features, partial)
                              .gram(list(partition), sent.value()))
                      .iterator()),
          SparkGramRows::add);
    } finally {
      sent.destroy();
    }
  }

  private static List<GramBlock.Target> list(final Iterator<GramBlock.Target> partition) {
    final List<GramBlock.Target> list = new ArrayList<>();
    partition.forEachRemaining(list::add);
    return list;
  }

  private static float[] add(final float[] a, final float[] b) {
    final float[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }
}
