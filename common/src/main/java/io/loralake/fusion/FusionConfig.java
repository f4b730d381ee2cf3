package io.loralake.fusion;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.model.LayerPattern;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How the adapters of a picture are fused: everything that the picture depends on beside the
 * adapters themselves. It is stored with each picture.
 *
 * @param kind how outputs become one
 * @param gates id of the gates, for {@link Kind#GATED}; null otherwise
 * @param budget strength of {@link Kind#BUDGET} in mean strengths of the adapters
 * @param globalRank rank of the {@link GlobalLora} that joins as one more adapter; 0: none
 * @param blockScales what the adapters' outputs are multiplied by in layers whose names match,
 *     {@code *} standing for anything: {@code double_blocks.0}, {@code single_blocks.*}, {@code
 *     *.img_attn.qkv}; a name stands for all that begins with it. The last pattern in alphabetical
 *     order wins
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FusionConfig(
    @JsonProperty("strategy") Kind kind,
    String gates,
    double budget,
    int globalRank,
    Map<String, Double> blockScales)
    implements Serializable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Ways of fusing. */
  public enum Kind {
    @JsonProperty("gated")
    GATED,
    @JsonProperty("sum")
    SUM,
    @JsonProperty("mean")
    MEAN,
    @JsonProperty("single")
    SINGLE,
    @JsonProperty("budget")
    BUDGET;

    /** As options and JSON spell it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Adapters added up. */
  public static final FusionConfig SUM = plain(Kind.SUM);

  public FusionConfig {
    if (kind == null) {
      throw new IllegalArgumentException("A fusion needs a strategy");
    }
    if (kind == Kind.GATED && gates == null) {
      throw new IllegalArgumentException("Strategy gated needs gates");
    }
    if (!(budget > 0) || Double.isInfinite(budget) || globalRank < 0) {
      throw new IllegalArgumentException(
          "A fusion needs a positive budget and a rank from 0 on, got %s and %d"
              .formatted(budget, globalRank));
    }
    blockScales = blockScales == null ? Map.of() : Map.copyOf(blockScales);
  }

  /** A strategy without anything more. */
  public static FusionConfig plain(final Kind kind) {
    return new FusionConfig(kind, null, 1, 0, Map.of());
  }

  /** Gates with nothing more. */
  public static FusionConfig gated(final String gates) {
    return new FusionConfig(Kind.GATED, gates, 1, 0, Map.of());
  }

  public FusionConfig withGlobalRank(final int rank) {
    return new FusionConfig(kind, gates, budget, rank, blockScales);
  }

  public FusionConfig withBlockScales(final Map<String, Double> scales) {
    return new FusionConfig(kind, gates, budget, globalRank, scales);
  }

  /**
   * Block scales that would change nothing.
   *
   * @param layers names of all layers of the base
   * @return patterns that match no layer, in alphabetical order
   */
  public List<String> patternsWithoutLayer(final Collection<String> layers) {
    return blockScales.keySet().stream()
        .filter(pattern -> layers.stream().noneMatch(new LayerPattern(pattern)::matches))
        .sorted()
        .toList();
  }

  /** On one line; {@link #parse} reads it. */
  public String toJson() {
    return JSON.valueToTree(
            new FusionConfig(kind, gates, budget, globalRank, new TreeMap<>(blockScales)))
        .toString();
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static FusionConfig parse(final String json) {
    try {
      return JSON.readValue(json, FusionConfig.class);
    } catch (final JsonProcessingException e) {
      throw new IllegalArgumentException("This is no fusion: " + json, e);
    }
  }

  /** As the command's options say it, with the id of the gates in place of their path. */
  @Override
  public String toString() {
    final StringBuilder words = new StringBuilder(kind.toString());
    if (gates != null) {
      words.append(" --gates ").append(gates);
    }
    if (kind == Kind.BUDGET) {
      words.append(" --budget ").append(budget);
    }
    if (globalRank > 0) {
      words.append(" --global-rank ").append(globalRank);
    }
    new TreeMap<>(blockScales)
        .forEach(
            (layers, scale) ->
                words.append(" --block-scale ").append(layers).append('=').append(scale));
    return words.toString();
  }

  /**
   * The strategy to prepare a fusion with.
   *
   * @param learned the gates of that id, opened; null for strategies without
   * @throws IllegalArgumentException when gates are needed and absent
   */
  public Strategy strategy(final LearnedGates learned) {
    return new Configured(this, basic(learned));
  }

  private Strategy basic(final LearnedGates learned) {
    return switch (kind) {
      case SUM -> Strategy.SUM;
      case MEAN -> Strategy.MEAN;
      case SINGLE -> Strategy.SINGLE;
      case BUDGET -> Strategy.budget(budget);
      case GATED -> {
        if (learned == null) {
          throw new IllegalArgumentException("Strategy gated needs the gates " + gates);
        }
        yield learned;
      }
    };
  }

  private record Configured(FusionConfig config, Strategy basic) implements Strategy {
    @Override
    public List<ScaledAdapter> chosen(final List<ScaledAdapter> adapters) {
      return basic.chosen(adapters);
    }

    @Override
    public double[] weights(final List<ScaledAdapter> adapters) {
      return basic.weights(adapters);
    }

    @Override
    public Optional<PreparedGates> gates(
        final NDManager manager, final List<FusionSample> samples) {
      return basic.gates(manager, samples);
    }

    @Override
    public double scaleWithoutGate(final int adapters) {
      return basic.scaleWithoutGate(adapters);
    }

    @Override
    public boolean readsPrompts() {
      return basic.readsPrompts();
    }

    @Override
    public double layerScale(final String layer) {
      double scale = 1;
      for (final Map.Entry<String, Double> entry : new TreeMap<>(config.blockScales).entrySet()) {
        if (new LayerPattern(entry.getKey()).matches(layer)) {
          scale = entry.getValue();
        }
      }
      return scale;
    }

    @Override
    public int globalRank() {
      return config.globalRank;
    }
  }
}
