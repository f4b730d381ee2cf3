package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
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
    final Process process = train();
    try (BufferedReader printed = process.inputReader()) {
      final Path work = Path.of(printed.readLine());
      assertThat(work.resolve("fold-0/curve.jsonl")).exists();
      process.destroy(); // SIGTERM
      process.waitFor();
      assertThat(work).doesNotExist();
    }
  }

  @Test
  void oneThatWasAskedForIsOneProcessesAtATime(@TempDir final Path given)
      throws IOException, InterruptedException {
    final Process process = train(given.toString());
    try (BufferedReader printed = process.inputReader()) {
      assertThat(printed.readLine()).isEqualTo(given.toString());
      assertIsInUse(given);
    } finally {
      process.destroyForcibly().waitFor();
    }
    try (WorkFolder work = WorkFolder.of(Optional.of(given))) {
      assertThat(work.path()).isEqualTo(given);
      assertIsInUse(given);
    }
    WorkFolder.of(Optional.of(given)).close();
  }

  private static void assertIsInUse(final Path folder) {
    assertThatThrownBy(() -> WorkFolder.of(Optional.of(folder)))
        .hasMessageContainingAll(
            "--work " + folder + " is in use by another run", "another folder");
  }

  private static Process train(final String... arguments) throws IOException {
    final List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Training.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Says where it works, and works on. */
  static final class Training {
    private Training() {}

    public static void main(final String[] args) throws IOException, InterruptedException {
      final Path work = WorkFolder.of(Stream.of(args).map(Path::of).findFirst()).path();
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
