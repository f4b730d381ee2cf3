package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loralake.jobs.runtime.Umask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UmaskTest {
  @TempDir private Path root;

  @Test
  void itIsWhatTheSystemShuts() throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/status")));
    final Path folder = Files.createDirectory(root.resolve("made"));
    final int mode = (int) Files.getAttribute(folder, "unix:mode") & 0777;
    assertThat(Umask.ofProcess().map(umask -> 0777 & ~Integer.parseInt(umask, 8))).contains(mode);
  }
}
