package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
  @Test
  void aTemporaryOneGoesWhenItsTrainingFails() {
    final AtomicReference<Path> used = new AtomicReference<>();
    assertThatThrownBy(
            () -> {
              try (WorkFolder work = WorkFolder.of(Optional.empty())) {
                used.set(work.path());
                Files.writeString(work.path().resolve("curve.jsonl"), "{}\n");
                throw new IllegalStateException("The gradient is not finite");
              }
            })
        .hasMessage("The gradient is not finite");
    assertThat(used.get()).doesNotExist();
  }

  @Test
  void aTemporaryOneGoesWhenTheProcessIsTerminated() throws IOException, InterruptedException {
    final Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Training.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader printed = process.inputReader()) {
      final Path work = Path.of(printed.readLine());
      assertThat(work.resolve("fold-0/curve.jsonl")).exists();
      process.destroy(); // SIGTERM
      process.waitFor();
      assertThat(work).doesNotExist();
    }
  }

  /** Says where it works, and works on. */
  static final class Training {
    private Training() {}

    public static void main(final String[] args) throws IOException, InterruptedException {
      final Path work = WorkFolder.of(Optional.empty()).path();
      Files.writeString(Files.createDirectories(work.resolve("fold-0")).resolve("curve.jsonl"), "");
      System.out.println(work);
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  @Test
  void oneThatWasAskedForStays(@TempDir final Path given) throws IOException {
    try (WorkFolder work = WorkFolder.of(Optional.of(given))) {
      Files.writeString(work.path().resolve("curve.jsonl"), "{}\n");
    }
    assertThat(given.resolve("curve.jsonl")).exists();
  }
}
