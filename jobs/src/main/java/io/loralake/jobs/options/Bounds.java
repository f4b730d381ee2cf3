package io.loralake.jobs.options;

import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Checks of options that picocli's own types cannot express. */
public final class Bounds {
  private Bounds() {}

  /**
   * Makes what a check says of an option's value a usage error.
   *
   * @throws ParameterException with the message of the check's {@link IllegalArgumentException}
   */
  public static void check(final CommandSpec spec, final Runnable check) {
    try {
      check.run();
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /**
   * Refuses an option that would have no effect.
   *
   * @param holds whether it has one beside the other options
   * @param company the option that gives it one
   * @throws ParameterException naming option, value and company, where it is given in vain
   */
  public static void onlyWith(
      final CommandSpec spec, final boolean holds, final String option, final String company) {
    final ParseResult given = spec.commandLine().getParseResult();
    if (!holds && given.hasMatchedOption(option)) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is %s, allowed only with %s"
              .formatted(option, given.<Object>matchedOptionValue(option, null), company));
    }
  }

  /**
   * Refuses KEY=VALUE options of which two have one key: picocli would forget the first.
   *
   * @throws ParameterException naming option and key
   */
  public static void requireOnceEach(final CommandSpec spec, final String option) {
    final Set<String> keys = new HashSet<>();
    for (final String given : spec.findOption(option).originalStringValues()) {
      final String key = given.substring(0, given.indexOf('=')).trim();
      require(spec, keys.add(key), option, key + " twice", "each key once");
    }
  }

  /**
   * Refuses a place that cannot be written to, before hours of work for it; makes its folder.
   *
   * @param value of the option
   * @param file that is to be written there
   * @throws ParameterException naming option, value and the reason
   */
  public static void requireWritable(
      final CommandSpec spec, final String option, final Path value, final Path file) {
    try {
      AtomicFile.tryOut(file);
    } catch (final IOException e) {
      final String reason =
          e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
      throw new ParameterException(
          spec.commandLine(),
          "%s is %s, which cannot be written: %s".formatted(option, value, reason),
          e);
    }
  }

  /**
   * Refuses to write over what the same run reads, or writes beside it.
   *
   * @param file null where nothing is to be written
   * @param company the option that names the other file
   * @param other null where that is not given
   * @throws ParameterException naming option, value and company
   */
  public static void requireApart(
      final CommandSpec spec,
      final String option,
      final Path file,
      final String company,
      final Path other) {
    require(
        spec,
        file == null || other == null || !isSame(file, other),
        option,
        file,
        "another file than " + company);
  }

  private static boolean isSame(final Path file, final Path other) {
    try {
      return Files.exists(file) && Files.exists(other)
          ? Files.isSameFile(file, other)
          : file.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Java reads 'Infinity' as a number, of which nothing is learned. */
  public static boolean isPositive(final double value) {
    return value > 0 && Double.isFinite(value);
  }

  /** As {@link #isPositive}, or 0. */
  public static boolean isFromZero(final double value) {
    return value >= 0 && Double.isFinite(value);
  }

  /**
   * Refuses an option's value.
   *
   * @param value null where the option is not given
   * @param allowed what would have been right, in words
   * @throws ParameterException naming option, value and what is allowed, unless {@code holds}
   */
  public static void require(
      final CommandSpec spec,
      final boolean holds,
      final String option,
      final Object value,
      final String allowed) {
    if (!holds) {
      throw new ParameterException(
          spec.commandLine(),
          option + " is " + (value == null ? "not given" : value) + ", allowed is " + allowed);
    }
  }
}
