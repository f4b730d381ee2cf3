package io.loralake.tests.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/loralake} of a build that lies elsewhere. */
final class StartScriptTest {
  private static final Path ROOT = Path.of(System.getProperty("loralake.root"));

  @TempDir private Path folder;

  /** An option with such a path would be a URI to Log4j, and told as none with every command. */
  @Test
  void inAFolderWithBlanksAndBracketsAVerbSaysNothingMoreThanElsewhere()
      throws IOException, InterruptedException {
    final Path clone = builtClone(folder.resolve("my clone [2]"));
    final Process process =
        new ProcessBuilder(
                clone.resolve("scripts/loralake").toString(), "search", "--catalog", "none", "cat")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    final String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(1);
    assertThat(output.lines())
        .singleElement()
        .asString()
        .startsWith("search: There is no catalog at ");
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
