package io.loralake.tests.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/loralake} of a build that lies elsewhere, and what scripts start. */
final class StartScriptTest {
  private static final Path ROOT = Path.of(System.getProperty("loralake.root"));

  @TempDir private Path folder;

  /** An option with such a path would be a URI to Log4j, and told as none with every command. */
  @Test
  void inAFolderWithBlanksAndBracketsAVerbSaysNothingMoreThanElsewhere()
      throws IOException, InterruptedException {
    final Path clone = builtClone(folder.resolve("my clone [2]"));
    assertThat(searched(start(clone, "none")))
        .singleElement()
        .asString()
        .startsWith("search: There is no catalog at ");
  }

  /** As {@code ssh} brings it along from another machine: Java would read ASCII. */
  @Test
  void underALocaleThatIsNotInstalledNamesAreStillRead() throws IOException, InterruptedException {
    final ProcessBuilder start = start(builtClone(folder.resolve("clone")), "n\\303\\244he");
    start.environment().keySet().removeIf(name -> name.startsWith("LC_"));
    start.environment().put("LANG", "xx_XX.UTF-8");
    assertThat(searched(start))
        .singleElement()
        .asString()
        .startsWith("search: There is no catalog at ")
        .contains("n\u00e4he");
  }

  /** As a scheduler does after an update. What stands for Maven notes that it was called. */
  @Test
  void ofTwoStartsAtOnceOneBuilds() throws IOException, InterruptedException {
    final Path clone = builtClone(folder.resolve("clone"));
    Files.delete(clone.resolve("tests/target/.built"));
    final Path builds = folder.resolve("builds");
    final Path maven = Files.createDirectories(folder.resolve("bin")).resolve("mvn");
    Files.writeString(maven, "#!/bin/sh\necho \"$@\" >> '" + builds + "'; sleep 1\n");
    assertThat(maven.toFile().setExecutable(true)).isTrue();
    final List<Process> starts = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      final ProcessBuilder start = start(clone, "none");
      start.environment().merge("PATH", maven.getParent() + ":", (path, bin) -> bin + path);
      starts.add(start.start());
    }
    for (final Process start : starts) {
      assertThat(said(start, 1)).last().asString().startsWith("search: There is no catalog at ");
    }
    assertThat(builds).hasContent("-q process-test-classes");
  }

  /** As of a user whose home is shut to who runs it, or after the clone was moved. */
  @Test
  void aBuildWhoseLibrariesCannotBeReadIsToldInASentence()
      throws IOException, InterruptedException {
    final Path clone = builtClone(folder.resolve("clone"));
    final Path jobs = clone.resolve("jobs");
    Files.delete(jobs);
    Files.createDirectories(jobs.resolve("target"));
    for (final String linked : List.of("pom.xml", "src", "target/classes")) {
      Files.createSymbolicLink(jobs.resolve(linked), ROOT.resolve("jobs").resolve(linked));
    }
    final Path library = folder.resolve("repository/a.jar");
    Files.writeString(jobs.resolve("target/classpath.txt"), library + ":" + clone);
    Files.setLastModifiedTime( // links are newer, and would be built
        clone.resolve("tests/target/.built"), FileTime.from(Instant.now()));
    assertThat(searched(start(clone, "none")))
        .singleElement()
        .asString()
        .startsWith(library + ", which the build in " + clone + " runs with, is not there");
  }

  /** Which asks for the files of classes, and some archived ones would have none. */
  @Test
  void aProfilerMayWatch() throws IOException, InterruptedException {
    final Path clone = builtClone(folder.resolve("clone"));
    final ProcessBuilder start =
        new ProcessBuilder(
                "bash",
                "-euc",
                "root=$0; source $root/scripts/lib/java.sh; archive; exec $root/scripts/loralake \"$@\"",
                clone.toString(),
                "index",
                "--model=lab",
                "--source=" + ROOT.resolve("tests/lab/zoo/03248a_000828.safetensors"),
                "--catalog=" + folder.resolve("catalog"))
            .directory(folder.toFile())
            .redirectErrorStream(true);
    final Path recording = folder.resolve("index.jfr");
    start
        .environment()
        .put("LORALAKE_JAVA_OPTS", "-Xmx1g -XX:StartFlightRecording=filename=" + recording);
    assertThat(said(start.start(), 0)).isNotEmpty();
    assertThat(recording).isNotEmptyFile();
  }

  /** Of benchmarks and tests, which are no verbs; the first two options stand for a LANG. */
  @Test
  void whatScriptsStartWritesPlainNumbersInAnyCountry() throws IOException {
    final Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Duser.language=ar",
                "-Duser.country=EG",
                "@" + ROOT.resolve("conf/jvm.options").toAbsolutePath(),
                "-XshowSettings:locale",
                "-version")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("default format locale = English (United States)");
  }

  /** Searches a catalog whose name is in Bash's spelling, which no locale changes. */
  private ProcessBuilder start(final Path clone, final String catalog) {
    final String command = "exec \"$0\" search --catalog $'%s' cat".formatted(catalog);
    return new ProcessBuilder("bash", "-c", command, clone.resolve("scripts/loralake").toString())
        .directory(folder.toFile())
        .redirectErrorStream(true);
  }

  private static List<String> searched(final ProcessBuilder start)
      throws IOException, InterruptedException {
    return said(start.start(), 1);
  }

  private static List<String> said(final Process process, final int status)
      throws IOException, InterruptedException {
    final String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(status);
    return output.lines().toList();
  }

  /** Scripts and settings copied, sources and classes linked, nothing to build. */
  private static Path builtClone(final Path clone) throws IOException {
    for (final String file :
        List.of(
            "scripts/loralake",
            "scripts/lib/java.sh",
            "conf/jvm.options",
            "conf/log4j2.properties")) {
      Files.createDirectories(clone.resolve(file).getParent());
      Files.copy(ROOT.resolve(file), clone.resolve(file));
    }
    Files.createDirectories(clone.resolve("tests/target"));
    for (final String linked :
        List.of("pom.xml", "common", "jobs", "tests/pom.xml", "tests/src", "conf/models")) {
      Files.createSymbolicLink(clone.resolve(linked), ROOT.resolve(linked));
    }
    Files.createFile(clone.resolve("tests/target/.built"));
    return clone;
  }
}
