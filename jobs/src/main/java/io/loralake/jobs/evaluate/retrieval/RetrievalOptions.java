package io.loralake.jobs.evaluate.retrieval;

import io.loralake.alignment.ContrastiveOptions;
import io.loralake.jobs.options.Bounds;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of {@code evaluate --retrieval}. */
public final class RetrievalOptions {
  /** What retrieval is measured on, the part that trains longest last. */
  private static final List<String> PARTS = List.of("heads", "sketches", "lake", "reference");

  @Option(names = "--retrieval", description = "Measure retrieval.")
  private boolean wanted;

  @Option(
      names = "--gaussian",
      paramLabel = "PATH",
      description =
          "Retrieval: catalog of the same adapters indexed with Gaussian probes, to compare with."
              + " Default: no comparison.")
  String gaussian;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "Retrieval: trainings of each split with other seeds (1 to 20). Default:"
              + " ${DEFAULT-VALUE}.")
  int seeds;

  @Option(
      names = "--only",
      paramLabel = "heads|sketches|lake|reference",
      description = "Retrieval: only this part. Default: all parts.")
  String only;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "400",
      description =
          "Retrieval: steps of contrastive trainings, from 30 on. Default: ${DEFAULT-VALUE}.")
  int steps;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Whether retrieval is measured. */
  public boolean isWanted() {
    return wanted;
  }

  /** What cannot be measured is told before anything is. */
  public void check() {
    Bounds.require(spec, seeds >= 1 && seeds <= 20, "--seeds", seeds, "a number from 1 to 20");
    Bounds.require(spec, steps >= 30, "--steps", steps, "a number from 30 on");
    Bounds.require(
        spec, only == null || PARTS.contains(only), "--only", only, String.join(", ", PARTS));
    Bounds.onlyWith(
        spec, parts().contains("sketches"), "--gaussian", "--only sketches, or without --only");
  }

  List<String> parts() {
    return only == null ? PARTS : List.of(only);
  }

  ContrastiveOptions contrastive() {
    return ContrastiveOptions.DEFAULT.withSteps(steps);
  }
}
