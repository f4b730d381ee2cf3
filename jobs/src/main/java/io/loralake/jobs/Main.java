package io.loralake.jobs;

import io.loralake.jobs.alignment.TrainAlignmentVerb;
import io.loralake.jobs.evaluate.EvaluateVerb;
import io.loralake.jobs.index.IndexVerb;
import io.loralake.jobs.lab.LabVerb;
import io.loralake.jobs.search.SearchVerb;
import io.loralake.rejection.RejectedException;
import java.io.PrintWriter;
import org.apache.spark.sql.AnalysisException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code loralake VERB}: exit code 0 when all went well, 1 when a run failed, 2 for a usage error.
 */
@Command(
    name = "loralake",
    description = "Turns piles of FLUX.1 LoRA files into a catalog that a pipeline can use.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      InspectVerb.class,
      IndexVerb.class,
      TrainAlignmentVerb.class,
      SearchVerb.class,
      EvaluateVerb.class,
      PaintVerb.class,
      GenerateVerb.class,
      ProbesVerb.class,
      TrainAdaptersVerb.class,
      TrainGatesVerb.class,
      LabVerb.class
    })
public final class Main {

  public static void main(final String[] args) {
    System.exit(run(args));
  }

  /** What {@link #main} does, without leaving the JVM. */
  public static int run(final String... args) {
    final CommandLine line = new CommandLine(new Main());
    line.setUsageHelpAutoWidth(true);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          final PrintWriter err = command.getErr();
          err.println(command.getCommandName() + ": " + failure.getMessage());
          if (!(failure instanceof IllegalArgumentException
              || failure instanceof RejectedException
              || failure instanceof AnalysisException)) {
            failure.printStackTrace(err);
          }
          return 1;
        });
    if (args.length == 0) {
      line.usage(line.getErr());
      return 2;
    }
    return line.execute(args);
  }
}
