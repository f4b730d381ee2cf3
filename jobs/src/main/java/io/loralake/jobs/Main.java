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
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.util.ShutdownHookManager;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code loralake VERB}. */
@Command(
    name = "loralake",
    description = "Turns piles of FLUX.1 LoRA files into a catalog that a pipeline can use.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:All that was asked is done. Files in quarantine are no failure.",
      "1:The run failed; or it is done but for what it names: a file that could not be read, a row"
          + " or a caption that is refused, a picture that could not be painted.",
      "2:An option or an argument is wrong, and nothing was begun."
    },
    scope = ScopeType.INHERIT,
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
  private static final char UNREAD = '\ufffd'; // what Java has for bytes that are no characters
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
    line.setParameterExceptionHandler((thrown, parsed) -> refused(misspelt(thrown)));
    line.setExecutionExceptionHandler((thrown, command, parsed) -> failed(command, thrown));
    if (args.length == 0) {
      line.usage(line.getErr());
      return 2;
    }
    for (final String argument : args) {
      if (argument.indexOf(UNREAD) >= 0) { // another prompt, or another file
        return refused(
            new ParameterException(
                line,
                "the locale of this process cannot read '%s': run it with LC_ALL=C.UTF-8"
                    .formatted(argument)));
      }
    }
    try {
      return told(line, line.execute(args));
    } catch (final OutOfMemoryError | FSError | LinkageError e) { // exceptions alone are handled
      return failed(line, e);
    }
  }

  /** Java does not throw where a disk is full, or nobody reads any more. */
  private int told(final CommandLine line, final int exitCode) {
    if (exitCode != 0 || !System.out.checkError()) {
      return exitCode;
    }
    failure = verb + ": done, but what it tells cannot be written to standard output";
    line.getErr().println(failure);
    return 1;
  }

  private int refused(final ParameterException thrown) {
    final CommandSpec command = thrown.getCommandLine().getCommandSpec();
    failure = command.name() + ": " + thrown.getMessage().replace("option option", "option");
    final PrintWriter err = thrown.getCommandLine().getErr();
    err.println(failure);
    UnmatchedArgumentException.printSuggestions(thrown, err);
    err.println("'" + command.qualifiedName() + " --help' lists what is allowed");
    return command.exitCodeOnInvalidInput();
  }

  private int failed(final CommandLine command, final Throwable thrown) {
    if (isStopped()) {
      return 1;
    }
    final Failure told = Failure.of(thrown);
    failure = verb + ": " + told.message(); // an error comes with no command of it
    final PrintWriter err = command.getErr();
    err.println(failure);
    told.stack().ifPresent(unexplained -> unexplained.printStackTrace(err));
    return 1;
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
}
