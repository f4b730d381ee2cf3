package io.loralake.jobs.gates;

import io.loralake.jobs.runtime.OrderedSum;
import io.loralake.training.GateExamples;
import io.loralake.training.GateGradients;
import io.loralake.training.GateTraining;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A step's gradients by Spark tasks, each with a part of the samples. A task depends on (step,
 * samples, parameters) alone: a lost executor's tasks run again elsewhere and give the same
 * numbers.
 */
final class SparkGateGradients implements GateTraining.Engine, AutoCloseable {
  private final JavaSparkContext context;
  private final TrainGatesOptions options;
  private final int shards;
  private final Broadcast<GateWorker.Plan> plan;
  private final Broadcast<SerializableConfiguration> configuration;

  SparkGateGradients(
      final JavaSparkContext context, final TrainGatesOptions options, final GateWorker.Plan plan) {
    this.context = context;
    this.options = options;
    this.shards =
        Math.min(
            options.training().batch(),
            options.shards() == 0 ? context.defaultParallelism() : options.shards());
    this.plan = context.broadcast(plan);
    this.configuration =
        context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
  }

  @Override
  public GateGradients.Sums of(final int step, final Map<String, float[]> parameters) {
    final Broadcast<Map<String, float[]>> sent = context.broadcast(new HashMap<>(parameters));
    try {
      final GateGradients.Sums sums =
          OrderedSum.of(sums(step, sent, shards), GateGradients.Sums::add);
      if (!Double.isFinite(sums.loss())) {
        throw new IllegalArgumentException(broken(step, sent));
      }
      return sums;
    } finally {
      sent.destroy();
    }
  }

  /**
   * Of the samples of a step.
   *
   * @param parts how many sums they make
   */
  private JavaRDD<GateGradients.Sums> sums(
      final int step, final Broadcast<Map<String, float[]>> sent, final int parts) {
    final Broadcast<GateWorker.Plan> what = plan;
    final Broadcast<SerializableConfiguration> files = configuration;
    final TrainGatesOptions how = options;
    return context
        .parallelize(IntStream.range(0, parts).boxed().toList(), shards)
        .map(
            part ->
                GateWorker.of(what.value(), files.value().value())
                    .sums(
                        sent.value(),
                        draws(what.value().examples(), how, step, part, parts),
                        how.training().microBatch()));
  }

  /** Which adapters are in samples whose loss is not finite; each sample is computed alone. */
  private String broken(final int step, final Broadcast<Map<String, float[]>> sent) {
    final int batch = options.training().batch();
    final List<Double> losses = sums(step, sent, batch).map(GateGradients.Sums::loss).collect();
    final GateWorker.Plan told = plan.value();
    final List<GateExamples.Draw> draws = draws(told.examples(), options, step, 0, 1);
    final Set<String> adapters = new TreeSet<>();
    for (int i = 0; i < batch; i++) {
      if (!Double.isFinite(losses.get(i))) {
        for (final int adapter : draws.get(i).adapters()) {
          adapters.add(told.places().get(told.ids().get(adapter)).get(0).uri());
        }
      }
    }
    return "The loss of step %d is not finite where these adapters are fused; one may be broken, --hold-out leaves it out, or a lower --learning-rate may help: %s"
        .formatted(step, String.join(", ", adapters));
  }

  private static List<GateExamples.Draw> draws(
      final GateExamples examples,
      final TrainGatesOptions options,
      final int step,
      final int part,
      final int parts) {
    final List<GateExamples.Draw> draws = new ArrayList<>();
    for (int i = part; i < options.training().batch(); i += parts) {
      draws.add(examples.draw(options.sampling(), options.training().seed(), step, i));
    }
    return draws;
  }

  @Override
  public void close() {
    plan.destroy();
    configuration.destroy();
  }
}
