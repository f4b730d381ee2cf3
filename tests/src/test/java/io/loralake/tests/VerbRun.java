package io.loralake.tests;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/** What a verb printed when it ran in this JVM, with all causes of a failure, and its exit code. */
public record VerbRun(int code, String out) {

  /** Runs a verb. */
  public static VerbRun of(final Object verb, final List<String> arguments) {
    final StringWriter printed = new StringWriter();
    final CommandLine line = new CommandLine(verb);
    line.setOut(new PrintWriter(printed));
    line.setErr(new PrintWriter(printed));
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            printed.write(cause + "\n");
          }
          return 1;
        });
    final int code = line.execute(arguments.toArray(String[]::new));
    return new VerbRun(code, printed.toString());
  }
}
