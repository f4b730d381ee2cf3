package io.loralake.jobs.alignment;

import io.loralake.alignment.CachedGradients;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.ContrastiveRow;
import io.loralake.alignment.ContrastiveShard;
import io.loralake.alignment.GradientSums;
import io.loralake.jobs.runtime.OrderedSum;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;

/**
 * Shards on executors. Each pass is one job whose tasks depend on (step, batch, parameters) alone:
 * a lost executor's tasks run again elsewhere and give the same numbers.
 */
final class SparkShards implements CachedGradients.Shards {
  private final JavaSparkContext context;
  private final JavaRDD<ContrastiveShard> shards;

  /**
   * @param shards each row of training is in one of them
   */
  SparkShards(final JavaSparkContext context, final JavaRDD<ContrastiveShard> shards) {
    this.context = context;
    this.shards = shards.persist(StorageLevel.MEMORY_AND_DISK());
  }

  /** Of rows that the driver has. */
  static SparkShards of(
      final JavaSparkContext context,
      final List<ContrastiveRow> rows,
      final int count,
      final ContrastiveOptions options) {
    final List<List<ContrastiveRow>> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(new ArrayList<>());
    }
    rows.forEach(row -> parts.get(row.row() % count).add(row));
    final List<ContrastiveShard> made =
        parts.stream().map(part -> new ContrastiveShard(part, options)).toList();
    return new SparkShards(context, context.parallelize(made, count));
  }

  @Override
  public List<ContrastiveShard.Outputs> embed(
      final int step, final int[] batch, final Map<String, float[]> parameters) {
    final Broadcast<Map<String, float[]>> sent = context.broadcast(parameters);
    try {
      return shards.map(shard -> shard.embed(step, batch, sent.value())).collect();
    } finally {
      sent.destroy();
    }
  }

  @Override
  public Map<String, float[]> backward(
      final int step,
      final int[] batch,
      final Map<String, float[]> parameters,
      final float[] adapters,
      final float[] texts) {
    final Broadcast<Upstream> sent = context.broadcast(new Upstream(parameters, adapters, texts));
    try {
      return OrderedSum.of(
          shards.map(
              shard ->
                  shard.backward(
                      step,
                      batch,
                      sent.value().parameters(),
                      sent.value().adapters(),
                      sent.value().texts())),
          GradientSums::add);
    } finally {
      sent.destroy();
    }
  }

  /** What the second pass needs. */
  private record Upstream(Map<String, float[]> parameters, float[] adapters, float[] texts)
      implements Serializable {}

  @Override
  public void close() {
    shards.unpersist();
  }
}
