package io.loralake.tests;

import java.util.concurrent.Callable;
import picocli.CommandLine;

/** A command of those who work on LoraLake, as a shell runs it. */
public final class Tool {
  private Tool() {}

  /**
   * Runs it and ends the JVM: 0 when it went through, 1 when it failed, 2 when it was called wrong.
   * What is wrong with its input, an {@link IllegalArgumentException}, is told without a stack.
   */
  public static void run(final Callable<Integer> tool, final String... args) {
    System.exit(
        new CommandLine(tool)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(
                (failure, line, parsed) -> {
                  if (!(failure instanceof IllegalArgumentException)) {
                    throw failure;
                  }
                  line.getErr().println(line.getCommandName() + ": " + failure.getMessage());
                  return 1;
                })
            .execute(args));
  }
}
