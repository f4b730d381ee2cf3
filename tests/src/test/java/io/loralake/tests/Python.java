package io.loralake.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The Python that {@code LORALAKE_PYTHON} names, for notebooks and peers that read what we wrote.
 * {@code scripts/test.sh} makes one with what notebooks import and pyspark, {@code --peers} with
 * all.
 */
public final class Python {
  public static final String PROGRAM = System.getenv().getOrDefault("LORALAKE_PYTHON", "python3");

  private Python() {}

  /** Skips the running test, with a message, where the modules are not installed. */
  public static void require(final String modules) throws InterruptedException {
    assumeTrue(
        has(modules),
        "no "
            + modules
            + " in "
            + PROGRAM
            + ": scripts/test.sh installs notebooks/requirements.txt and pyspark, with --peers all");
  }

  private static boolean has(final String modules) throws InterruptedException {
    try {
      return new ProcessBuilder(PROGRAM, "-c", "import " + modules).start().waitFor() == 0;
    } catch (final IOException e) {
      return false;
    }
  }

  /** What the script prints; the test fails unless it ends well. */
  public static String run(final Path script, final Path... arguments)
      throws IOException, InterruptedException {
    final List<String> command = new ArrayList<>(List.of(PROGRAM, script.toString()));
    for (final Path argument : arguments) {
      command.add(argument.toString());
    }
    final Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    final String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(script + " " + List.of(arguments)).isZero();
    return output;
  }
}
