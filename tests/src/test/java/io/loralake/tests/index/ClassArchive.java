package io.loralake.tests.index;

import static java.util.stream.Collectors.joining;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The libraries' classes, parsed and verified once for all JVMs that tests start (class data
 * sharing): to load them is a quarter of what a short run costs.
 */
final class ClassArchive {
  private static final List<String> PATH =
      List.of(System.getProperty("java.class.path").split(File.pathSeparator));
  private static final String LIBRARIES = path(PATH.stream().filter(ClassArchive::isLibrary));
  private static final Path FOLDER =
      Repository.ROOT
          .resolve("tests/target/libraries-%08x".formatted(LIBRARIES.hashCode()))
          .toAbsolutePath();
  private static final Path FILE = FOLDER.resolve("classes.jsa");

  private ClassArchive() {}

  /** This JVM's classpath, libraries first: an archive serves those that begin with its own. */
  static String classpath() {
    return LIBRARIES + File.pathSeparator + path(PATH.stream().filter(entry -> !isLibrary(entry)));
  }

  /** The JVM option that names the archive, which is made when it is not there yet. */
  static synchronized String option() {
    if (!Files.exists(FILE)) {
      try {
        make();
      } catch (final IOException e) {
        throw new UncheckedIOException(e);
      } catch (final InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
    return "-XX:SharedArchiveFile=" + FILE;
  }

  private static void make() throws IOException, InterruptedException {
    final Path classes = Files.createDirectories(FOLDER).resolve("classes.txt");
    final Path unfinished = FOLDER.resolve("classes.jsa.partial");
    run(
        classpath(),
        List.of("-XX:DumpLoadedClassList=" + classes),
        "index",
        "--model",
        "lab",
        "--source",
        Path.of("lab/zoo/03248a_000828.safetensors").toAbsolutePath().toString(),
        "--catalog",
        FOLDER.resolve("catalog").toString());
    run(
        LIBRARIES,
        List.of(
            "-Xshare:dump",
            "-XX:SharedClassListFile=" + classes,
            "-XX:SharedArchiveFile=" + unfinished));
    Files.move(unfinished, FILE);
  }

  private static void run(
      final String classpath, final List<String> jvmOptions, final String... arguments)
      throws IOException, InterruptedException {
    final LoralakeProcess process =
        LoralakeProcess.start(FOLDER.resolve("log"), classpath, jvmOptions, List.of(arguments));
    if (process.exitCode(Duration.ofMinutes(10)) != 0) {
      throw new IOException("the classes of a run could not be kept: " + process.output());
    }
  }

  private static boolean isLibrary(final String entry) {
    final String name = Path.of(entry).getFileName().toString();
    return name.endsWith(".jar") && !name.startsWith("loralake");
  }

  private static String path(final Stream<String> entries) {
    return entries.collect(joining(File.pathSeparator));
  }
}
