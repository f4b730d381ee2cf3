package io.loralake.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Keeps {@code jobs/README.md} equal to the commands' own help. After a change of options, {@code
 * mvn -pl jobs -am test -Dtest=OptionTablesTest -Dloralake.write=true} writes it anew.
 */
class OptionTablesTest {
  private static final Path README = Path.of("README.md");

  @Test
  void readmeShowsTheOptionsOfEveryVerb() throws IOException {
    final String expected = readme();
    if (Boolean.getBoolean("loralake.write")) {
      Files.writeString(README, expected);
    }
    assertThat(Files.readString(README)).isEqualTo(expected);
  }

  @Test
  void everyOptionIsExplained() {
    verbs()
        .forEach(
            (verb, spec) ->
                assertThat(spec.options())
                    .as(verb)
                    .allSatisfy(
                        option ->
                            assertThat(option.description())
                                .as(option.longestName())
                                .isNotEmpty()));
  }

  @Test
  void theHelpOfEveryVerbTellsItsExitCodes() {
    verbs()
        .forEach(
            (verb, spec) ->
                assertThat(spec.commandLine().getUsageMessage())
                    .as(verb)
                    .contains("Exit codes:", "  0   All ", "  1   The ", "  2   An "));
  }

  private static String readme() {
    final StringBuilder text = new StringBuilder();
    text.append("# The verbs and their options\n\n");
    text.append("Written by `OptionTablesTest` from the commands themselves: do not edit.\n");
    text.append("`scripts/loralake VERB ...` runs them on this machine, ");
    text.append("`spark-submit --class io.loralake.jobs.Main ... VERB ...` on a cluster ");
    text.append("([how](../conf/README.md)).\n");
    text.append("\n| exit code | |\n|---|---|\n");
    new CommandLine(new Main())
        .getCommandSpec()
        .usageMessage()
        .exitCodeList()
        .forEach((code, what) -> text.append("| " + code + " | " + what + " |\n"));
    verbs().forEach((verb, spec) -> text.append(section(verb, spec)));
    return text.toString();
  }

  /** All that can be run: a verb that has verbs of its own gives those. */
  private static Map<String, CommandSpec> verbs() {
    final Map<String, CommandSpec> verbs = new LinkedHashMap<>();
    addVerbs("", new CommandLine(new Main()), verbs);
    return verbs;
  }

  private static void addVerbs(
      final String prefix, final CommandLine parent, final Map<String, CommandSpec> verbs) {
    parent
        .getSubcommands()
        .forEach(
            (name, line) -> {
              if (line.getSubcommands().isEmpty()) {
                verbs.put(prefix + name, line.getCommandSpec());
              } else {
                addVerbs(prefix + name + " ", line, verbs);
              }
            });
  }

  private static String section(final String verb, final CommandSpec spec) {
    final StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "\n## %s\n\n", verb));
    text.append(String.join(" ", spec.usageMessage().description())).append("\n\n");
    text.append("| option | |\n|---|---|\n");
    spec.positionalParameters().forEach(it -> text.append(row(it.paramLabel(), it)));
    spec.options().stream()
        .filter(option -> !option.usageHelp() && !option.versionHelp())
        .forEach(option -> text.append(row(name(option), option)));
    return text.toString();
  }

  private static String name(final OptionSpec option) {
    return option.longestName() + (option.arity().max() == 0 ? "" : " " + option.paramLabel());
  }

  private static String row(final String name, final ArgSpec argument) {
    final String description =
        String.join(" ", argument.description())
            .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()))
            .replace("|", "\\|");
    return "| `"
        + name.replace("|", "\\|")
        + "` | "
        + (argument.required() ? "(required) " : "")
        + description
        + " |\n";
  }
}
