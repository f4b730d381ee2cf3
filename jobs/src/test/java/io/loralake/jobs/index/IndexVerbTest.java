package io.loralake.jobs.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class IndexVerbTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(final String... arguments) {
    return new CommandLine(new IndexVerb())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  @ParameterizedTest
  @CsvSource({
    "--attempts, 0, a number from 1 to 100",
    "--attempts, 101, a number from 1 to 100",
    "--attempts, many, 'many' is not an int",
    "--commit-every, 0, a positive number of gigabytes",
    "--commit-every, -1, a positive number of gigabytes",
    "--commit-every, NaN, a positive number of gigabytes",
    "--commit-every, Infinity, a positive number of gigabytes",
    "--max-duration, Infinity, a positive number of minutes",
    "--model, sd15, flux-schnell"
  })
  void aWrongValueIsNamedWithItsOptionAndWhatIsAllowed(
      final String option, final String value, final String allowed) {
    assertThat(run("--source", "s", "--catalog", "c", option, value)).isEqualTo(2);
    assertThat(err.toString()).contains(option).contains(value).contains(allowed);
  }

  @Test
  void whatIsMissingOrUnknownIsNamed() {
    assertThat(run("--source", "s")).isEqualTo(2);
    assertThat(err.toString()).contains("--catalog=PATH");
    assertThat(run("--source", "s", "--catalog", "c", "--sauce", "t")).isEqualTo(2);
    assertThat(err.toString()).contains("--sauce");
  }

  @Test
  void helpTellsEveryOptionWithTypeAndDefault() {
    assertThat(run("--help")).isZero();
    final List<String> incomplete = new ArrayList<>();
    for (final OptionSpec option : new CommandLine(new IndexVerb()).getCommandSpec().options()) {
      final String text = String.join(" ", option.description());
      final boolean complete =
          option.usageHelp()
              || option.versionHelp()
              || (text.endsWith(".")
                  && (option.required() || text.contains("Default:"))
                  && (option.arity().max() == 0 || option.paramLabel().matches("[A-Z|=]+")));
      if (!complete) {
        incomplete.add(option.longestName());
      }
      assertThat(out.toString()).contains(option.longestName());
    }
    assertThat(incomplete).isEmpty();
  }
}
