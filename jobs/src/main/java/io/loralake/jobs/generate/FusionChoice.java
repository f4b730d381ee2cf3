package io.loralake.jobs.generate;

import io.loralake.fusion.Strategy;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the adapters of a picture act together.
 *
 * @param name of the strategy
 */
public record FusionChoice(String name) implements Serializable {
  private static final Map<String, Strategy> STRATEGIES =
      Map.of("sum", Strategy.SUM, "mean", Strategy.MEAN, "single", Strategy.SINGLE);

  public static final List<String> NAMES = STRATEGIES.keySet().stream().sorted().toList();

  public FusionChoice {
    if (!STRATEGIES.containsKey(name)) {
      throw new IllegalArgumentException(
          "--fusion is " + name + ", allowed is " + String.join(", ", NAMES));
    }
  }

  Strategy strategy() {
    return STRATEGIES.get(name);
  }

  Optional<String> gates() {
    return Optional.empty();
  }
}
