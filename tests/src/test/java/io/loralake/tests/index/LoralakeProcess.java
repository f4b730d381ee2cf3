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
  /** Options of JVMs that end before a second compiler has paid off. */
  public static final String SHORT_LIVED = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1";

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
    return start(log, jvmOptions, arguments, Map.of());
  }

  /** As above, on a classpath of its own. */
  public static LoralakeProcess start(
      final Path log,
      final String classpath,
      final List<String> jvmOptions,
      final List<String> arguments)
      throws IOException {
    return run(List.of(), log, command(classpath, jvmOptions), arguments, Map.of());
  }

  /**
   * As above.
   *
   * @param environment added to this process' own
   */
  public static LoralakeProcess start(
      final Path log,
      final List<String> jvmOptions,
      final List<String> arguments,
      final Map<String, String> environment)
      throws IOException {
    return run(List.of(), log, command(jvmOptions), arguments, environment);
  }

  /**
   * As above, with a limit on what the process can allocate.
   *
   * @param kilobytes of address space: the JVM's heap, libraries and all that PyTorch computes with
   */
  public static LoralakeProcess startWithin(
      final long kilobytes,
      final Path log,
      final List<String> jvmOptions,
      final List<String> arguments,
      final Map<String, String> environment)
      throws IOException {
    return run(
        List.of("sh", "-c", "ulimit -v " + kilobytes + " && exec \"$@\"", "sh"),
        log,
        command(jvmOptions),
        arguments,
        environment);
  }

  private static LoralakeProcess run(
      final List<String> wrapper,
      final Path log,
      final List<String> loralake,
      final List<String> arguments,
      final Map<String, String> environment)
      throws IOException {
    final List<String> command = new ArrayList<>(wrapper);
    command.addAll(loralake);
    command.addAll(arguments);
    final ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return new LoralakeProcess(builder.start(), log);
  }

  /** What runs the verb that comes after it, on this JVM's classpath. */
  public static List<String> command(final List<String> jvmOptions) {
    final List<String> options = new ArrayList<>(jvmOptions);
    options.add(ClassArchive.option());
    return command(ClassArchive.classpath(), options);
  }

  private static List<String> command(final String classpath, final List<String> jvmOptions) {
    final List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Repository.ROOT.resolve("conf/jvm.options").toAbsolutePath());
    command.addAll(List.of(SHORT_LIVED.split(" ")));
    command.add(
        "-Dlog4j2.configurationFile="
            + Repository.ROOT.resolve("conf/log4j2.properties").toAbsolutePath());
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", classpath, "io.loralake.jobs.Main"));
    return command;
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

  /** Kilobytes of address space that it has had at most; 0 once it has ended. */
  public long peakAddressSpace() throws IOException {
    final Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
    return Files.exists(status)
        ? Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("VmPeak:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElse(0)
        : 0;
  }

  public boolean hasEnded() {
    return !process.isAlive();
  }

  /** The processes that it has started, such as executors. */
  public Stream<ProcessHandle> descendants() {
    return process.descendants();
  }

  /** JVMs that it has started. */
  public List<ProcessHandle> executors() {
    return descendants().filter(LoralakeProcess::isJava).toList();
  }

  /** Whether a process is a JVM. */
  public static boolean isJava(final ProcessHandle process) {
    return process.info().command().orElse("").endsWith("java");
  }

  /** SIGKILL; whether the process was still running. */
  public boolean kill() throws InterruptedException {
    final boolean running = process.isAlive();
    process.destroyForcibly().waitFor();
    return running;
  }

  /** SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** Waits for the end; a process that takes longer is killed. */
  public int exitCode(final Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      kill();
    }
    return process.exitValue();
  }
}
