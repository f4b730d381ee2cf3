package io.loralake.jobs.evaluate;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.LearnedGates;
import io.loralake.output.HeatMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What gates do: their mean by layer and timestep, for each role that an adapter can have. */
final class FusionMaps {
  private static final int BINS = 8;
  private static final List<String> ROLES =
      List.of(FusionSets.EXACT, "style", "subject", "distractor");

  private final HeldOutSamples held;
  private final FusionSets sets;
  private final Map<String, LearnedGates> gates;

  FusionMaps(
      final HeldOutSamples held, final FusionSets sets, final Map<String, LearnedGates> gates) {
    this.held = held;
    this.sets = sets;
    this.gates = gates;
  }

  /** Sums of gates by layer and bin of timesteps. */
  private static final class Means {
    private final Map<String, double[]> sums = new LinkedHashMap<>();
    private final Map<String, int[]> counts = new LinkedHashMap<>();

    void add(final String layer, final float timestep, final float gate) {
      final int bin = Math.min(BINS - 1, (int) (timestep * BINS));
      sums.computeIfAbsent(layer, key -> new double[BINS])[bin] += gate;
      counts.computeIfAbsent(layer, key -> new int[BINS])[bin]++;
    }

    double at(final String layer, final int bin) {
      return sums.get(layer)[bin] / counts.get(layer)[bin];
    }

    double mean() {
      double sum = 0;
      int count = 0;
      for (final String layer : sums.keySet()) {
        for (int bin = 0; bin < BINS; bin++) {
          sum += sums.get(layer)[bin];
          count += counts.get(layer)[bin];
        }
      }
      return sum / count;
    }
  }

  /**
   * Draws maps of the first gates beside a report.
   *
   * @return Markdown that shows them
   */
  String write(final Path report) throws IOException {
    if (gates.isEmpty()) {
      return "";
    }
    final Map.Entry<String, LearnedGates> first = gates.entrySet().iterator().next();
    final Map<String, Means> byRole = new LinkedHashMap<>();
    for (final FusionSet set : sets.mapped()) {
      for (final String combination : held.byCombination().keySet()) {
        observe(set, combination, first.getValue(), byRole);
      }
    }
    final String stem = report.toString().replaceFirst("[.]md$", "");
    final StringBuilder text = new StringBuilder("\n## What the gates do\n\n");
    for (final String role : ROLES) {
      final Means means = byRole.get(role);
      if (means != null) {
        final Path png = Path.of(stem + "-gates-" + role + ".png");
        draw(means, role, png);
        text.append(
            String.format(
                Locale.ROOT,
                "%s: mean gate %.3f ![gates of %s adapters](%s)%n%n",
                role,
                means.mean(),
                role,
                png.getFileName()));
      }
    }
    return text.toString();
  }

  private void observe(
      final FusionSet set,
      final String combination,
      final LearnedGates learned,
      final Map<String, Means> byRole)
      throws IOException {
    final List<String> roles = set.roles().get(combination);
    try (NDManager work = held.base().manager().newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final AdapterFusion fusion =
          AdapterFusion.of(work, held.fusionSamples(combination, set, true), learned);
      held.losses(
          work,
          held.byCombination().get(combination),
          fusion.observed(
              (timesteps, layer, means) -> {
                for (int i = 0; i < means.length; i++) {
                  for (int k = 0; k < roles.size(); k++) {
                    if (!Float.isNaN(means[i][k])) {
                      byRole
                          .computeIfAbsent(roles.get(k), key -> new Means())
                          .add(layer, timesteps[i], means[i][k]);
                    }
                  }
                }
              }));
    }
  }

  private static void draw(final Means means, final String role, final Path png)
      throws IOException {
    final Set<String> layers = new TreeSet<>(means.sums.keySet());
    final List<String> columns = new ArrayList<>();
    for (int bin = 0; bin < BINS; bin++) {
      columns.add(String.format(Locale.ROOT, "%.2f", (bin + 0.5) / BINS));
    }
    final double[][] values = new double[layers.size()][BINS];
    int row = 0;
    for (final String layer : layers) {
      for (int bin = 0; bin < BINS; bin++) {
        values[row][bin] = means.at(layer, bin);
      }
      row++;
    }
    new HeatMap(
            "Mean gate of " + role + " adapters", "timestep", List.copyOf(layers), columns, values)
        .write(png);
  }
}
