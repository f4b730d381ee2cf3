package io.loralake.jobs.evaluate;

import io.loralake.jobs.evaluate.fusion.FusionComparison;
import io.loralake.jobs.evaluate.fusion.FusionComparisonOptions;
import io.loralake.jobs.evaluate.retrieval.RetrievalComparison;
import io.loralake.jobs.evaluate.retrieval.RetrievalOptions;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.SparkOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** Command line of {@link RetrievalComparison} and {@link FusionComparison}. */
@Command(
    name = "evaluate",
    description =
        "Measures retrieval, or fusion, with adapters and pictures that training has not seen: on"
            + " a catalog of which the truth is known; fusion also on a zoo of one's own (--spec).",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class EvaluateVerb implements Callable<Integer> {
  @Mixin private RetrievalOptions retrieval;
  @Mixin private FusionComparisonOptions fusion;
  @Mixin private EvaluateOptions options;
  @Mixin private SparkOptions sparkOptions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Bounds.require(
        spec,
        retrieval.isWanted() != fusion.isWanted(),
        "--retrieval",
        retrieval.isWanted(),
        "what is measured: --retrieval or --fusion");
    requireUsed("retrieval", retrieval.isWanted());
    requireUsed("fusion", fusion.isWanted());
    retrieval.check();
    if (fusion.isWanted()) {
      fusion.check();
    }
    if (retrieval.isWanted() || !fusion.hasOwnConcepts()) {
      options.requireTruth(fusion.isWanted());
    }
    options.check();
    final SparkSession spark = sparkOptions.session("evaluate");
    final PrintWriter console = spec.commandLine().getOut();
    console.println(
        retrieval.isWanted()
            ? new RetrievalComparison(spark, options, retrieval, console::println).run()
            : new FusionComparison(spark, options, fusion, console::println).run());
    return 0;
  }

  /** Refuses options of what is not measured. */
  private void requireUsed(final String measured, final boolean wanted) {
    for (final OptionSpec option : spec.mixins().get(measured).options()) {
      Bounds.onlyWith(spec, wanted, option.longestName(), "--" + measured);
    }
  }
}
