package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.fs.FileSystem;
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
  void aTemporaryOneGoesWhenTheProcessIsTerminated() throws IOException {
    final Path work = WorkFolder.of(Optional.empty()).path();
    Files.writeString(Files.createDirectories(work.resolve("fold-0")).resolve("curve.jsonl"), "");
    assertThat(work).exists();
    FileSystem.closeAll(); // as Hadoop does when the JVM ends
    assertThat(work).doesNotExist();
  }

  @Test
  void oneThatWasAskedForStays(@TempDir final Path given) throws IOException {
    try (WorkFolder work = WorkFolder.of(Optional.of(given))) {
      Files.writeString(work.path().resolve("curve.jsonl"), "{}\n");
    }
    assertThat(given.resolve("curve.jsonl")).exists();
  }
}
