package io.loralake.jobs.evaluate.fusion;

import io.loralake.fusion.FusionConfig;
import io.loralake.fusion.LearnedGates;
import io.loralake.fusion.Strategy;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The ways of fusing that are compared, by the names of their rows. */
final class FusionWays {
  static final String SINGLE = "best single retrieved";
  static final String MEAN = "mean";

  /** Rank of the global adapter in its row. */
  private static final int GLOBAL_RANK = 4;

  private final Map<String, LearnedGates> gates;

  /**
   * @param gates to be compared, by the name of their rows; the first one gets rows of variants
   */
  FusionWays(final Map<String, LearnedGates> gates) {
    this.gates = gates;
  }

  /** Those that know nothing of layer, time and prompt. */
  static Map<String, Strategy> plain() {
    final Map<String, Strategy> ways = new LinkedHashMap<>();
    ways.put(SINGLE, Strategy.SINGLE);
    ways.put("sum", Strategy.SUM);
    ways.put("sum/sqrt(K)", Strategy.ROOT);
    ways.put(MEAN, Strategy.MEAN);
    ways.put("budget", Strategy.budget(1));
    return ways;
  }

  /** Names of rows and pictures that gates cannot have. */
  static Set<String> taken() {
    final Set<String> names = new LinkedHashSet<>(plain().keySet());
    names.addAll(List.of(FusionEvaluation.BASE, Roles.EXACT, Roles.STYLE, Roles.SUBJECT));
    return names;
  }

  Map<String, LearnedGates> gates() {
    return gates;
  }

  /** Those that get rows of variants; empty where no gates are compared. */
  Optional<Map.Entry<String, LearnedGates>> first() {
    return gates.entrySet().stream().findFirst();
  }

  /** All that differ on a set: of one adapter all plain ways are the same. */
  Map<String, Strategy> of(final FusionSet set) {
    final Map<String, Strategy> ways = new LinkedHashMap<>();
    if (set.isSingle()) {
      ways.put(SINGLE, Strategy.SINGLE);
      ways.putAll(gates);
    } else {
      ways.putAll(plain());
      ways.putAll(gates);
      first()
          .ifPresent(
              one -> ways.put(one.getKey() + " + global", global(one.getKey(), one.getValue())));
    }
    return ways;
  }

  /** Gates on the adapters and their global one. */
  private static Strategy global(final String name, final LearnedGates learned) {
    return FusionConfig.gated(name).withGlobalRank(GLOBAL_RANK).strategy(learned);
  }
}
