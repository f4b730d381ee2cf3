package io.loralake.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir private Path folder;

  @Test
  void whatCannotBeWrittenLeavesWhatWasThere() throws IOException {
    final Path file = Files.writeString(folder.resolve("file"), "before");

    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    partial -> {
                      Files.writeString(partial, "half");
                      throw new IOException("the disk is full"); // as the JDK says it
                    }))
        .hasMessage(file + ": the disk is full");

    assertThat(file).hasContent("before");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aFullDeviceIsNamed() {
    final Path full = Path.of("/dev/full"); // of Linux; elsewhere it would be made
    assumeTrue(Files.exists(full) && !Files.isRegularFile(full));
    assertThatThrownBy(() -> AtomicFile.writeText(full, "told"))
        .hasMessageStartingWith("/dev/full: ");
  }

  @Test
  void whatIsTriedOutStaysAsItWas() throws IOException {
    final Path file = Files.writeString(folder.resolve("file"), "before");

    AtomicFile.tryOut(file);
    AtomicFile.tryOut(folder.resolve("new/file"));
    AtomicFile.tryOut(Path.of("/dev/null"));

    assertThat(file).hasContent("before");
    assertThat(folder.resolve("new")).isEmptyDirectory();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(file, folder.resolve("new"));
    }
    assertThatThrownBy(() -> AtomicFile.tryOut(file.resolve("below"))).hasMessageContaining("file");
  }

  @Test
  void aLinkStaysAndItsFileIsWritten() throws IOException {
    final Path file = Files.writeString(folder.resolve("file"), "before");
    final Path link = Files.createSymbolicLink(folder.resolve("link"), file.getFileName());

    AtomicFile.writeLines(link, List.of("after"));

    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("after\n");
  }

  @Test
  void aLinkToNoFileStaysAndTheFileIsMade() throws IOException {
    final Path file = folder.resolve("large disk").resolve("file");
    final Path next = Files.createSymbolicLink(folder.resolve("next"), file);
    final Path link = Files.createSymbolicLink(folder.resolve("link"), next.getFileName());

    AtomicFile.tryOut(link);
    assertThat(file).doesNotExist();
    AtomicFile.writeText(link, "after");

    assertThat(link).isSymbolicLink();
    assertThat(next).isSymbolicLink();
    assertThat(file).hasContent("after");
  }

  @Test
  void aLinkToItselfIsRefused() throws IOException {
    final Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("link"));

    assertThatThrownBy(() -> AtomicFile.writeText(link, ""))
        .hasMessage(link + ": it links to itself");
  }

  @Test
  void aPipeIsWrittenToAndStays() throws Exception {
    final Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    final CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readString(pipe);
              } catch (final IOException e) {
                throw new AssertionError(e);
              }
            });

    AtomicFile.writeText(pipe, "told");

    assertThat(read.get(20, TimeUnit.SECONDS)).isEqualTo("told");
    assertThat(Files.isRegularFile(pipe)).isFalse();
  }
}
