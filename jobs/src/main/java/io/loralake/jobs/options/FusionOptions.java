package io.loralake.jobs.options;

import io.loralake.fusion.FusionConfig;
import io.loralake.fusion.GateArtifact;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Options of all verbs that fuse adapters. */
public final class FusionOptions {
  @Option(
      names = "--fusion",
      paramLabel = "gated|sum|mean|single|budget",
      converter = KindConverter.class,
      description =
          "How several adapters become one: by trained gates, added up, averaged, the first alone,"
              + " or scaled to equal shares of one strength. Default: gated where --gates is given,"
              + " else sum.")
  private FusionConfig.Kind kind;

  @Option(
      names = "--gates",
      paramLabel = "PATH",
      description = "Gates of 'train-gates': one of the two files, or their folder. Default: none.")
  private Path gates;

  @Option(
      names = "--budget",
      paramLabel = "B",
      defaultValue = "1",
      description =
          "Strategy budget: strength of all adapters together, in mean strengths. Default:"
              + " ${DEFAULT-VALUE}.")
  private double budget;

  @Option(
      names = "--global-rank",
      paramLabel = "Q",
      defaultValue = "0",
      description =
          "What the adapters have in common, at this rank, joins them as one more; 0: not. Default:"
              + " ${DEFAULT-VALUE}.")
  private int globalRank;

  @Option(
      names = "--block-scale",
      paramLabel = "LAYERS=FACTOR",
      description =
          "Factor of what adapters do in some layers: double_blocks.0=0.5, single_blocks.*=0,"
              + " *.img_attn=1.2; may be repeated. Default: 1 everywhere.")
  private Map<String, Double> blockScales = Map.of();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** The gates to fuse with; empty for other strategies. */
  public Optional<GateArtifact> gates() throws IOException {
    if (kind() != FusionConfig.Kind.GATED) {
      Bounds.onlyWith(spec, false, "--gates", "--fusion gated");
      return Optional.empty();
    }
    Bounds.require(
        spec,
        gates != null && Files.exists(gates),
        "--gates",
        gates,
        "gates that are there, for --fusion gated");
    return Optional.of(GateArtifact.read(gates));
  }

  /** Where the gates lie, as a path that does not depend on where the program was started. */
  public String gatesPath() {
    return gates.toAbsolutePath().normalize().toString();
  }

  /**
   * The whole of it.
   *
   * @param artifact what {@link #gates} found
   * @param table the base's layers
   */
  public FusionConfig config(final Optional<GateArtifact> artifact, final LayerTable table) {
    Bounds.require(spec, Bounds.isPositive(budget), "--budget", budget, "a positive number");
    Bounds.onlyWith(spec, kind() == FusionConfig.Kind.BUDGET, "--budget", "--fusion budget");
    Bounds.requireOnceEach(spec, "--block-scale");
    blockScales.forEach(
        (layers, factor) ->
            Bounds.require(
                spec,
                Double.isFinite(factor),
                "--block-scale",
                layers + "=" + factor,
                "a finite number"));
    Bounds.require(spec, globalRank >= 0, "--global-rank", globalRank, "a number from 0 on");
    final FusionConfig config =
        new FusionConfig(
            kind(),
            artifact.map(it -> it.card().id()).orElse(null),
            budget,
            globalRank,
            blockScales);
    final List<String> layers = table.layers().stream().map(Layer::name).toList();
    final List<String> idle = config.patternsWithoutLayer(layers);
    Bounds.require(
        spec,
        idle.isEmpty(),
        "--block-scale",
        String.join(", ", idle),
        "layers of the base, such as " + layers.get(0));
    return config;
  }

  private FusionConfig.Kind kind() {
    if (kind != null) {
      return kind;
    }
    return gates == null ? FusionConfig.Kind.SUM : FusionConfig.Kind.GATED;
  }

  private static final class KindConverter implements ITypeConverter<FusionConfig.Kind> {
    @Override
    public FusionConfig.Kind convert(final String value) {
      for (final FusionConfig.Kind kind : FusionConfig.Kind.values()) {
        if (kind.toString().equals(value)) {
          return kind;
        }
      }
      throw new TypeConversionException(
          "'" + value + "' is none of gated, sum, mean, single, budget");
    }
  }
}
