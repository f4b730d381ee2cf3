package io.loralake.jobs.evaluate.fusion;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.LearnedGates;
import io.loralake.model.Fusion;
import io.loralake.output.HeatMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What gates do: their mean by layer and timestep, for each role that an adapter can have. */
final class FusionMaps {
  private static final int BINS = 8;
  private static final List<String> ROLES =
      List.of(Roles.EXACT, Roles.STYLE, Roles.SUBJECT, Roles.DISTRACTOR);

  private final HeldOutSamples held;
  private final FusionSets sets;
  private final LearnedGates gates;

  FusionMaps(final HeldOutSamples held, final FusionSets sets, final LearnedGates gates) {
    this.held = held;
    this.sets = sets;
    this.gates = gates;
  }

  /** Mean of gates by layer and timestep, as they come. */
  static final class Means {
    private static final class Mean {
      private double sum;
      private int count;

      void add(final float value) {
        sum += value;
        count++;
      }
    }

    private final Map<String, Map<Float, Mean>> means = new LinkedHashMap<>(); // as layers come

    void add(final String layer, final float timestep, final float gate) {
      means
          .computeIfAbsent(layer, key -> new TreeMap<>())
          .computeIfAbsent(timestep, key -> new Mean())
          .add(gate);
    }

    HeatMap map(final String title) {
      final List<Float> timesteps = new ArrayList<>();
      means.values().stream()
          .flatMap(row -> row.keySet().stream())
          .distinct()
          .sorted()
          .forEach(timesteps::add);
      final double[][] values = new double[means.size()][timesteps.size()];
      double sum = 0;
      int count = 0;
      int row = 0;
      for (final Map<Float, Mean> layer : means.values()) {
        for (int column = 0; column < timesteps.size(); column++) {
          final Mean mean = layer.get(timesteps.get(column));
          values[row][column] = mean == null ? Double.NaN : mean.sum / mean.count;
          if (mean != null) {
            sum += mean.sum;
            count += mean.count;
          }
        }
        row++;
      }
      return new HeatMap(
          String.format(Locale.ROOT, "%s: mean %.2f", title, sum / count),
          "timestep",
          List.copyOf(means.keySet()),
          timesteps.stream().map(t -> String.format(Locale.ROOT, "%.2f", t)).toList(),
          values);
    }
  }

  /** Over all concepts, by role. */
  List<HeatMap> overTheTestSet() throws IOException {
    final Map<String, Means> byRole = new LinkedHashMap<>();
    ROLES.forEach(role -> byRole.put(role, new Means()));
    for (final FusionSet set : sets.mapped()) {
      for (final String concept : held.byConcept().keySet()) {
        final List<String> roles = set.roles().get(concept);
        try (NDManager work = held.base().manager().newSubManager();
            NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          held.losses(
              work,
              held.byConcept().get(concept),
              observed(work, set, concept, Integer.MAX_VALUE, roles, byRole, true));
        }
      }
    }
    final List<HeatMap> maps = new ArrayList<>();
    byRole.forEach(
        (role, means) -> {
          if (!means.means.isEmpty()) {
            maps.add(means.map("Adapters that are the " + role));
          }
        });
    return maps;
  }

  /** While the first concept's first prompt is painted: a map for each of its adapters. */
  List<HeatMap> ofOnePicture(final SamplingDefaults sampling) throws IOException {
    final FusionSet set = sets.watched();
    final String concept = held.byConcept().keySet().iterator().next();
    final String prompt = held.byConcept().get(concept).texts().get(0);
    final List<String> roles = set.roles().get(concept);
    final Map<String, Means> byRole = new LinkedHashMap<>();
    roles.forEach(role -> byRole.put(role, new Means()));
    try (NDManager work = held.base().manager().newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      held.base()
          .pipeline()
          .generate(
              work,
              List.of(held.request(concept, 0, sampling)),
              observed(work, set, concept, 1, roles, byRole, false),
              (step, steps) -> {});
    }
    return byRole.entrySet().stream()
        .map(role -> role.getValue().map("'%s', the %s".formatted(prompt, role.getKey())))
        .toList();
  }

  /** Adds up gates while something is computed with the first samples of a concept. */
  private Fusion observed(
      final NDManager work,
      final FusionSet set,
      final String concept,
      final int most,
      final List<String> roles,
      final Map<String, Means> byRole,
      final boolean binned)
      throws IOException {
    return AdapterFusion.of(
            work, held.fusionSamples(concept, set, true).stream().limit(most).toList(), gates)
        .observed(
            (timesteps, layer, means) -> {
              for (int i = 0; i < means.length; i++) {
                for (int k = 0; k < roles.size(); k++) {
                  if (!Float.isNaN(means[i][k])) {
                    byRole
                        .get(roles.get(k))
                        .add(layer, binned ? bin(timesteps[i]) : timesteps[i], means[i][k]);
                  }
                }
              }
            });
  }

  /** The middle of a timestep's bin. */
  private static float bin(final float timestep) {
    return (Math.min(BINS - 1, (int) (timestep * BINS)) + 0.5f) / BINS;
  }
}
