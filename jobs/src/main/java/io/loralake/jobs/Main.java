package io.loralake.jobs;

import io.loralake.jobs.adapters.TrainAdaptersVerb;
import io.loralake.jobs.alignment.TrainAlignmentVerb;
import io.loralake.jobs.evaluate.EvaluateVerb;
import io.loralake.jobs.gates.TrainGatesVerb;
import io.loralake.jobs.generate.GenerateVerb;
import io.loralake.jobs.index.IndexVerb;
import io.loralake.jobs.inspect.InspectVerb;
import io.loralake.jobs.lab.LabVerb;
import io.loralake.jobs.options.LocalPath;
import io.loralake.jobs.paint.PaintVerb;
import io.loralake.jobs.probes.ProbesVerb;
import io.loralake.jobs.runtime.Version;
import io.loralake.jobs.search.SearchVerb;
import io.loralake.rejection.RejectedException;
import io.loralake.source.FetchException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

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
  /** What the message of these says is what went wrong; of others the stack is wanted as well. */
  private static final List<Class<? extends Exception>> EXPLAINED =
      List.of(
          IllegalArgumentException.class,
          RejectedException.class,
          AnalysisException.class,
          FileNotFoundException.class,
          FetchException.class,
          NoSuchFileException.class,
          UnsupportedFileSystemException.class);

  private static final String STOPPED = ": stopped before it was done";

  private final AtomicBoolean ended = new AtomicBoolean(); // or has told that it was stopped
  private String failure = "loralake has told above why it ends";
  private volatile String verb = "loralake";

  public static void main(final String[] args) {
    final HostJvm jvm = HostJvm.find();
    jvm.writePlainNumbers();
    final Main main = new Main();
    Runtime.getRuntime().addShutdownHook(new Thread(main::tellOfStop, "loralake-stopped"));
    if (jvm.isOwn()) {
      Thread.setDefaultUncaughtExceptionHandler(main::tellOf);
    }
    final int exitCode = main.execute(args);
    main.ended.set(true);
    jvm.end(exitCode, main.failure);
  }

  /** A verb that computes fails of nothing when its JVM is told to end: it would end unheard. */
  private void tellOfStop() {
    if (ended.compareAndSet(false, true)) {
      System.err.println(verb + STOPPED);
    }
  }

  /** What fails in a thread of Spark's when that is told to end is not the verb's failure. */
  private void tellOf(final Thread thread, final Throwable failure) {
    if (!ShutdownHookManager.get().isShutdownInProgress()) {
      System.err.print("Exception in thread \"" + thread.getName() + "\" ");
      failure.printStackTrace();
    }
  }

  /** Whatever fails then fails of that, which is told once. */
  private boolean isStopped() {
    final boolean isStopped = ended.get() || ShutdownHookManager.get().isShutdownInProgress();
    if (isStopped) {
      failure = verb + STOPPED;
      tellOfStop();
    }
    return isStopped;
  }

  /** What {@link #main} does, without leaving the JVM. */
  public static int run(final String... args) {
    return new Main().execute(args);
  }

  private int execute(final String... args) {
    final CommandLine line = new CommandLine(this);
    line.setUsageHelpAutoWidth(true);
    line.registerConverter(Path.class, new LocalPath());
    line.setExecutionStrategy(
        parsed -> {
          final ParseResult last = last(parsed);
          verb = last.commandSpec().name();
          requireValues(last);
          return new CommandLine.RunLast().execute(parsed);
        });
    line.setParameterExceptionHandler(
        (first, parsed) -> {
          final ParameterException thrown = misspelt(first);
          final CommandSpec command = thrown.getCommandLine().getCommandSpec();
          failure = command.name() + ": " + thrown.getMessage().replace("option option", "option");
          final PrintWriter err = thrown.getCommandLine().getErr();
          err.println(failure);
          UnmatchedArgumentException.printSuggestions(thrown, err);
          err.println("'" + command.qualifiedName() + " --help' lists what is allowed");
          return command.exitCodeOnInvalidInput();
        });
    line.setExecutionExceptionHandler(
        (thrown, command, parsed) -> {
          final Exception cause = unwrapped(thrown);
          if (isStopped()) {
            return 1;
          }
          final PrintWriter err = command.getErr();
          final Optional<String> known = known(thrown);
          failure = command.getCommandName() + ": " + known.orElseGet(() -> message(cause));
          err.println(failure);
          if (known.isEmpty() && !isExplained(cause)) {
            cause.printStackTrace(err);
          }
          return 1;
        });
    if (args.length == 0) {
      line.usage(line.getErr());
      return 2;
    }
    try {
      return line.execute(args);
    } catch (final OutOfMemoryError | FSError | LinkageError e) { // exceptions alone are handled
      if (isStopped()) {
        return 1;
      }
      final Optional<String> known = known(e);
      failure = "loralake: " + known.orElseGet(e::toString);
      line.getErr().println(failure);
      if (known.isEmpty() && e instanceof LinkageError) {
        e.printStackTrace(line.getErr());
      }
      return 1;
    }
  }

  private static ParseResult last(final ParseResult parsed) {
    return parsed.hasSubcommand() ? last(parsed.subcommand()) : parsed;
  }

  /** A path that is empty would be the folder that this was started from. */
  private static void requireValues(final ParseResult verb) {
    for (final OptionSpec option : verb.matchedOptions()) {
      final boolean takesAny = option.arity().max() == 0 || option.paramLabel().equals("TEXT");
      if (!takesAny && option.originalStringValues().contains("")) {
        throw new ParameterException(
            verb.commandSpec().commandLine(),
            "%s is '', allowed is %s; is a variable of the shell not set?"
                .formatted(option.longestName(), option.paramLabel()));
      }
    }
  }

  /** Where an option has no such name, that is the fault: one that must be there is then absent. */
  private static ParameterException misspelt(final ParameterException failure) {
    final CommandLine line = failure.getCommandLine();
    final List<String> unknown =
        line.getUnmatchedArguments().stream().filter(each -> each.startsWith("-")).toList();
    return failure instanceof MissingParameterException && !unknown.isEmpty()
        ? new UnmatchedArgumentException(line, unknown)
        : failure;
  }

  /** What is to be said of failures that come from outside. */
  private static Optional<String> known(final Throwable failure) {
    return Surroundings.of(failure).or(() -> Shortage.of(failure));
  }

  /** What a wrapper without words of its own holds, and what made a task fail. */
  private static Exception unwrapped(final Exception failure) {
    if (failure instanceof SparkException) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause instanceof final Exception told && isExplained(told)) {
          return told;
        }
      }
    }
    return failure instanceof final UncheckedIOException wrapper
            && wrapper.getCause().toString().equals(wrapper.getMessage())
        ? wrapper.getCause()
        : failure;
  }

  private static boolean isExplained(final Exception failure) {
    final boolean isDeltas = failure instanceof IOException && failure instanceof SparkThrowable;
    return isDeltas
        || isOfAFile(failure)
        || EXPLAINED.stream().anyMatch(it -> it.isInstance(failure));
  }

  /** Such as a name that is too long, or a disk that is read only. */
  private static boolean isOfAFile(final Exception failure) {
    return failure instanceof AccessDeniedException
        || failure instanceof final FileSystemException named && named.getReason() != null;
  }

  private static String message(final Exception failure) {
    if (failure instanceof NoSuchFileException) {
      return "there is no file " + failure.getMessage();
    }
    return failure instanceof AccessDeniedException
        ? "permission denied: " + failure.getMessage()
        : failure.getMessage();
  }
}
