package io.loralake.tests.generate;

import io.loralake.tests.index.Repository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Spark's own standalone master and workers, each a process, on this machine. */
final class StandaloneCluster implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  private final List<Process> processes = new ArrayList<>();
  private final String url;

  /**
   * @param folder for logs, and for what executors write
   */
  StandaloneCluster(final Path folder, final int workers) throws IOException {
    final int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      port = free.getLocalPort();
    }
    this.url = "spark://" + HOST + ":" + port;
    start(
        folder.resolve("master.log"),
        "org.apache.spark.deploy.master.Master",
        List.of("--host", HOST, "--port", String.valueOf(port), "--webui-port", "0"));
    for (int i = 0; i < workers; i++) {
      start(
          folder.resolve("worker-" + i + ".log"),
          "org.apache.spark.deploy.worker.Worker",
          List.of(
              "--host",
              HOST,
              "--cores",
              "1",
              "--memory",
              "1g",
              "--webui-port",
              "0",
              "--work-dir",
              Files.createDirectories(folder.resolve("worker-" + i)).toString(),
              url));
    }
  }

  private void start(final Path log, final String main, final List<String> arguments)
      throws IOException {
    final List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Repository.ROOT.resolve("conf/jvm.options").toAbsolutePath(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main));
    command.addAll(arguments);
    processes.add(
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start());
  }

  String url() {
    return url;
  }

  /** The executors' processes. */
  Stream<ProcessHandle> executors() {
    return processes.stream()
        .flatMap(Process::descendants)
        .filter(it -> it.info().command().orElse("").endsWith("java"));
  }

  @Override
  public void close() {
    for (final Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
