package io.loralake.jobs.evaluate.fusion;

import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.ComputeOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of {@code evaluate --fusion}. */
public final class FusionComparisonOptions {
  @Option(names = "--fusion", description = "Measure fusion.")
  private boolean wanted;

  @Option(
      names = "--base",
      paramLabel = "DIR",
      defaultValue = "tests/lab/base",
      description = "Fusion: the base model. Default: ${DEFAULT-VALUE}.")
  Path base;

  @Mixin ComputeOptions compute;

  @Option(
      names = "--spec",
      paramLabel = "URI",
      description =
          "Fusion on a zoo of one's own: rows of 'train-adapters' with pictures that nothing was"
              + " trained on, and by its name the adapter that is for them. Default: the lab's"
              + " pictures, with --truth and --splits.")
  String specification;

  @Option(
      names = "--hold-out",
      paramLabel = "FILE",
      description =
          "With --spec: what 'train-gates' was given; rows of these adapters alone are asked for."
              + " Default: all rows.")
  String holdOut;

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      defaultValue = "tests/lab/pictures",
      description =
          "Fusion, with --truth: picture shards as 'lab pictures' writes them. Default:"
              + " ${DEFAULT-VALUE}.")
  Path pictures;

  @Option(
      names = "--gates",
      paramLabel = "NAME=PATH",
      description =
          "Fusion: gates to be compared, by the name of their rows; may be repeated. Default: none.")
  Map<String, Path> gates = new LinkedHashMap<>();

  @Option(
      names = "--split",
      paramLabel = "NAME",
      defaultValue = "1",
      description =
          "Fusion, with --truth: whose held-out combinations are asked for. Default:"
              + " ${DEFAULT-VALUE}.")
  String split;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "32",
      description = "Fusion: samples of each concept. Default: ${DEFAULT-VALUE}.")
  int samples;

  @Option(
      names = "--paint",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Fusion: pictures painted of each concept under each strategy, and with --truth judged;"
              + " at most --samples. Default: ${DEFAULT-VALUE}, none.")
  int paint;

  @Option(
      names = "--classifier",
      paramLabel = "FILE",
      defaultValue = "tests/lab/classifier.safetensors",
      description =
          "Fusion, with --truth: of 'lab train-classifier', for --paint: it knows the lab's styles"
              + " and subjects alone. Default: ${DEFAULT-VALUE}.")
  Path classifier;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Whether fusion is measured. */
  public boolean isWanted() {
    return wanted;
  }

  /** Whether concepts are those of a specification, not of a truth table. */
  public boolean hasOwnConcepts() {
    return specification != null;
  }

  /** What cannot be measured is told before anything is. */
  public void check() {
    require(holdOut == null || hasOwnConcepts(), "--hold-out", holdOut, "a file beside --spec");
    require(samples >= 1, "--samples", samples, "a positive number");
    require(paint >= 0, "--paint", paint, "a number from 0 on");
    require(
        paint == 0 || hasOwnConcepts() || Files.isRegularFile(classifier),
        "--classifier",
        classifier,
        "an existing file, for --paint");
    Bounds.requireOnceEach(spec, "--gates");
    final Set<String> taken = FusionWays.taken();
    gates.forEach(
        (name, path) -> {
          require(
              !taken.contains(name),
              "--gates",
              name + "=" + path,
              "a name other than " + String.join(", ", taken));
          require(Files.exists(path), "--gates", name + "=" + path, "gates that are there");
        });
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }
}
