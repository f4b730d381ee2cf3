package io.loralake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A test's own JVM, in an empty folder where a crash would leave its log. */
public final class OwnJvm implements AutoCloseable {
  private static final int TERMINATED = 128 + 15;

  private final Process process;
  private final Path folder;

  private OwnJvm(final Process process, final Path folder) {
    this.process = process;
    this.folder = folder;
  }

  /**
   * Starts it on the classpath of this one.
   *
   * @param main its class
   */
  public static OwnJvm start(final Path folder, final Class<?> main, final String... options)
      throws IOException {
    final List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    return new OwnJvm(
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start(),
        folder);
  }

  /** What it prints. */
  public BufferedReader output() {
    return process.inputReader();
  }

  /** SIGTERM; its output stays open. */
  public void terminate() {
    process.toHandle().destroy();
  }

  /** Waits for an end that nothing but {@link #terminate} has caused. */
  public void assertTerminated() throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(TERMINATED);
    assertThat(folder).as("no hs_err_pid.log").isEmptyDirectory();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
