package io.loralake.jobs.generate.output;

import ai.djl.ndarray.NDArray;
import io.loralake.fusion.AdapterFusion;
import io.loralake.model.Fusion;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How far the gates of a batch are open: looked at in some steps only, for it takes time. In which
 * steps follows from their number alone, since looking may change the last bits of a picture.
 */
public final class GateMeans {
  private static final int STEPS_OBSERVED = 4;

  private final Map<String, String> groups;
  private final int steps;
  private final int evaluationsPerStep;
  private final int samples;
  private final Map<String, double[][]> sums = new LinkedHashMap<>(); // layer: observed x samples
  private final Map<String, int[][]> counts = new LinkedHashMap<>();
  private int evaluation;

  /**
   * @param guided whether each step evaluates the model for the negative prompts as well
   */
  public GateMeans(
      final LayerTable table, final int steps, final boolean guided, final int samples) {
    this.groups = table.blockLayers().stream().collect(Collectors.toMap(Layer::name, Layer::group));
    this.steps = steps;
    this.evaluationsPerStep = guided ? 2 : 1;
    this.samples = samples;
  }

  /** How many steps are looked at. */
  static int observed(final int steps) {
    return Math.min(STEPS_OBSERVED, steps);
  }

  /** The step that is looked at in the given place; the first and the last are among them. */
  static int step(final int place, final int steps) {
    return observed(steps) == 1 ? 0 : place * (steps - 1) / (observed(steps) - 1);
  }

  /** The fusion, looked at; for one way from noise to pictures. */
  public Fusion observing(final AdapterFusion fusion) {
    return new Fusion() {
      @Override
      public NDArray apply(final String layer, final NDArray x, final NDArray y) {
        return fusion.apply(layer, x, y);
      }

      @Override
      public Fusion at(final NDArray timesteps) {
        final int now = evaluation++;
        final int place = now % evaluationsPerStep == 0 ? place(now / evaluationsPerStep) : -1;
        return place < 0
            ? fusion.at(timesteps)
            : fusion.observed((times, layer, gates) -> see(place, layer, gates)).at(timesteps);
      }
    };
  }

  private int place(final int step) {
    for (int place = 0; place < observed(steps); place++) {
      if (step(place, steps) == step) {
        return place;
      }
    }
    return -1;
  }

  private void see(final int place, final String layer, final float[][] gates) {
    final double[][] sum =
        sums.computeIfAbsent(layer, name -> new double[observed(steps)][samples]);
    final int[][] count = counts.computeIfAbsent(layer, name -> new int[observed(steps)][samples]);
    for (int i = 0; i < samples; i++) {
      for (final float gate : gates[gates.length == 1 ? 0 : i]) {
        if (!Float.isNaN(gate)) {
          sum[place][i] += gate;
          count[place][i]++;
        }
      }
    }
  }

  /** The mean of one picture by layer type; null where there was nothing to see. */
  public Map<String, Double> ofSample(final int sample) {
    final Map<String, double[]> byGroup = new TreeMap<>();
    sums.forEach(
        (layer, sum) -> {
          final double[] total = byGroup.computeIfAbsent(groups.get(layer), group -> new double[2]);
          for (int place = 0; place < sum.length; place++) {
            total[0] += sum[place][sample];
            total[1] += counts.get(layer)[place][sample];
          }
        });
    final Map<String, Double> means = new TreeMap<>();
    byGroup.forEach(
        (group, total) -> {
          if (total[1] > 0) {
            means.put(group, Math.round(1e4 * total[0] / total[1]) / 1e4);
          }
        });
    return means.isEmpty() ? null : means;
  }

  /**
   * Sums over pictures and adapters, by layer and observed step, with their numbers.
   *
   * @param steps of the pictures
   */
  public record Sums(int steps, Map<String, double[]> sums, Map<String, long[]> counts) {

    /**
     * Of many batches together; only those with the number of steps of which most was seen. Null
     * where there are none.
     */
    static Sums of(final List<Sums> all) {
      if (all.isEmpty()) {
        return null;
      }
      final Map<Integer, Long> seen = new TreeMap<>();
      all.forEach(each -> seen.merge(each.steps, each.seen(), Long::sum));
      final int steps = Collections.max(seen.entrySet(), Map.Entry.comparingByValue()).getKey();
      final Sums together = new Sums(steps, new LinkedHashMap<>(), new LinkedHashMap<>());
      all.stream().filter(each -> each.steps == steps).forEach(together::add);
      return together;
    }

    /** Adapters of pictures, over all layers. */
    private long seen() {
      return counts.values().stream().mapToLong(each -> each[0]).sum();
    }

    private void add(final Sums other) {
      other.sums.forEach(
          (layer, values) -> {
            final double[] into = sums.computeIfAbsent(layer, name -> new double[values.length]);
            final long[] counted = counts.computeIfAbsent(layer, name -> new long[values.length]);
            for (int i = 0; i < values.length; i++) {
              into[i] += values[i];
              counted[i] += other.counts.get(layer)[i];
            }
          });
    }

    /** Means of a layer, by observed step. */
    double[] means(final String layer) {
      final double[] means = sums.get(layer).clone();
      for (int i = 0; i < means.length; i++) {
        means[i] /= counts.get(layer)[i];
      }
      return means;
    }
  }

  /** Of the whole batch; null where there was nothing to see. */
  public Sums sums() {
    if (sums.isEmpty()) {
      return null;
    }
    final Sums all = new Sums(steps, new LinkedHashMap<>(), new LinkedHashMap<>());
    sums.forEach(
        (layer, sum) -> {
          final double[] values = new double[sum.length];
          final long[] counted = new long[sum.length];
          for (int place = 0; place < sum.length; place++) {
            for (int i = 0; i < samples; i++) {
              values[place] += sum[place][i];
              counted[place] += counts.get(layer)[place][i];
            }
          }
          all.sums.put(layer, values);
          all.counts.put(layer, counted);
        });
    return all;
  }
}
