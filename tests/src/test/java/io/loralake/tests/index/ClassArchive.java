package io.loralake.tests.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The libraries' classes, parsed and verified once for all JVMs that tests start, as
 * scripts/loralake has them: to load them is a quarter of what a short run costs.
 */
final class ClassArchive {
  /** Libraries and file, from the scripts, which make the file when it is not there yet. */
  private static final List<String> MADE = make();

  private static final List<String> LIBRARIES = entries(MADE.get(0));

  private ClassArchive() {}

  /** This JVM's classpath, libraries first: an archive serves those that begin with its own. */
  static String classpath() {
    final Stream<String> own = entries(System.getProperty("java.class.path")).stream();
    return Stream.concat(LIBRARIES.stream(), own.filter(entry -> !LIBRARIES.contains(entry)))
        .collect(joining(File.pathSeparator));
  }

  /** The JVM option that names the archive. */
  static String option() {
    return "-XX:SharedArchiveFile=" + MADE.get(1);
  }

  private static List<String> make() {
    final String script =
        "root=$0; source \"$root/scripts/lib/java.sh\"; archive; echo \"$libraries\"; echo \"$archive\"";
    final ProcessBuilder bash =
        new ProcessBuilder("bash", "-euc", script, System.getProperty("loralake.root"))
            .redirectErrorStream(true);
    bash.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      final Process process = bash.start();
      final String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("libraries' classes could not be archived: " + output);
      }
      final List<String> lines = output.lines().toList();
      return lines.subList(lines.size() - 2, lines.size());
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static List<String> entries(final String path) {
    return List.of(path.split(File.pathSeparator));
  }
}
