package io.loralake.tests.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code loralake VERB ...} in a JVM of its own, as scripts/loralake starts it. */
public final class LoralakeProcess {
  private final Process process;
  private final Path log;

  private LoralakeProcess(final Process process, final Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts the process.
   *
   * @param log gets all that it prints
   * @param jvmOptions beside those of conf/jvm.options
   */
  public static LoralakeProcess start(
      final Path log, final List<String> jvmOptions, final List<String> arguments)
      throws IOException {
    return start(log, System.getProperty("java.class.path"), jvmOptions, arguments);
  }

  /** As above, on a classpath of its own. */
  public static LoralakeProcess start(
      final Path log,
      final String classpath,
      final List<String> jvmOptions,
      final List<String> arguments)
      throws IOException {
    return start(log, classpath, jvmOptions, arguments, Map.of());
  }

  /**
   * As above.
   *
   * @param environment added to this process' own
   */
  static LoralakeProcess start(
      final Path log,
      final List<String> jvmOptions,
      final List<String> arguments,
      final Map<String, String> environment)
      throws IOException {
    return start(log, System.getProperty("java.class.path"), jvmOptions, arguments, environment);
  }

  private static LoralakeProcess start(
      final Path log,
      final String classpath,
      final List<String> jvmOptions,
      final List<String> arguments,
      final Map<String, String> environment)
      throws IOException {
    final List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Repository.ROOT.resolve("conf/jvm.options").toAbsolutePath());
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add(
        "-Dlog4j2.configurationFile="
            + Repository.ROOT.resolve("conf/log4j2.properties").toAbsolutePath());
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", classpath, "io.loralake.jobs.Main"));
    command.addAll(arguments);
    final ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return new LoralakeProcess(builder.start(), log);
  }

  /** What it has printed so far. */
  public String output() throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** Waits until it has printed {@code text}, has ended, or the time is over. */
  public void awaitOutput(final String text, final Duration atMost)
      throws IOException, InterruptedException {
    final long end = System.nanoTime() + atMost.toNanos();
    while (process.isAlive() && !output().contains(text) && System.nanoTime() < end) {
      Thread.sleep(20);
    }
  }

  public boolean hasEnded() {
    return !process.isAlive();
  }

  /** The processes that it has started, such as executors. */
  public Stream<ProcessHandle> descendants() {
    return process.descendants();
  }

  /** SIGKILL; whether the process was still running. */
  public boolean kill() throws InterruptedException {
    final boolean running = process.isAlive();
    process.destroyForcibly().waitFor();
    return running;
  }

  /** Waits for the end; a process that takes longer is killed. */
  public int exitCode(final Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      kill();
    }
    return process.exitValue();
  }
}
