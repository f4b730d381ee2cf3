package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadFolderTest {
  private static final int SIZE = 1000;
  private static final long DISK = 5 * SIZE;

  @TempDir private Path folder;

  /** Of a disk on which nothing else lies. */
  private long usable() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return DISK - SIZE * files.count();
    }
  }

  @Test
  void whatWasNotUsedForLongestMakesRoom() throws IOException {
    final DownloadFolder downloads = new DownloadFolder(folder, this::usable, SIZE);
    keep(downloads, "oldest", Duration.ofHours(3));
    keep(downloads, "older", Duration.ofHours(2));
    keep(downloads, "used", Duration.ofHours(4));
    assertThat(downloads.find(named("used"))).isPresent();
    keep(downloads, "recent", Duration.ofMinutes(1));
    assertThat(downloads.find(named("oldest"))).as("before the disk is full").isPresent();
    unused(folder.resolve(named("oldest")), Duration.ofHours(3));

    assertThat(keep(downloads, "new", Duration.ZERO)).hasSize(SIZE);
    assertThat(folder).isDirectoryNotContaining("glob:**/" + named("oldest"));
    for (final String name : List.of("older", "used", "recent", "new")) {
      assertThat(downloads.find(named(name))).as(name).isPresent();
    }
  }

  @Test
  void whatIsInUseStaysHoweverFullTheDisk() throws IOException {
    final DownloadFolder downloads = new DownloadFolder(folder, this::usable, Long.MAX_VALUE);
    keep(downloads, "recent", Duration.ofMinutes(5));
    keep(downloads, "old", Duration.ofMinutes(15));
    keep(downloads, "new", Duration.ZERO);

    assertThat(downloads.find(named("old"))).isEmpty();
    assertThat(downloads.find(named("recent"))).isPresent();
    assertThat(downloads.find(named("new"))).isPresent();
  }

  @Test
  void aDiskThatOthersHaveFilledIsRelievedBeforeAFileComes() throws IOException {
    keep(new DownloadFolder(folder, this::usable, SIZE), "old", Duration.ofHours(1));

    final Path begun = new DownloadFolder(folder, () -> 0, SIZE).begin("new");

    assertThat(folder).isDirectoryNotContaining("glob:**/" + named("old"));
    assertThat(begun).isEmptyFile();
  }

  @Test
  void aDownloadThatIsStillWrittenStays() throws IOException {
    final DownloadFolder downloads = new DownloadFolder(folder, () -> 0, SIZE);
    final Path slow = downloads.begin(named("slow"));
    unused(slow, Duration.ofMinutes(15));
    Files.write(slow, new byte[SIZE]); // which is no access

    keep(downloads, "other", Duration.ZERO);
    assertThat(slow).exists();
  }

  @Test
  void aDiskThatFillsWhileAFileComesIsToldWithWhatToDo() {
    final DownloadFolder downloads = new DownloadFolder(folder, () -> 0, SIZE);
    final IOException full = new IOException("No space left on device");
    assertThat(downloads.naming(full))
        .hasMessageContainingAll(folder + ": No space left on device", "--adapter-cache");
    final IOException elsewhere = new IOException("Connection reset");
    assertThat(downloads.naming(elsewhere)).isSameAs(elsewhere);
  }

  @Test
  void aFolderThatWasClearedAwayIsMadeAnew() throws IOException {
    final Path cleared = folder.resolve("cleared");
    final DownloadFolder downloads = DownloadFolder.of(cleared);
    Files.delete(cleared);

    assertThat(downloads.find(named("file"))).isEmpty();
    assertThat(keep(downloads, "file", Duration.ZERO)).hasSize(SIZE);
  }

  @Test
  void aFileThatIsShutIsToldWithWhatToDo() throws IOException {
    final Path file = Files.createFile(folder.resolve("file"));
    Files.setPosixFilePermissions(file, Set.of());
    assumeFalse(Files.isReadable(file), "root reads all");
    final DownloadFolder downloads = new DownloadFolder(folder, () -> Long.MAX_VALUE, 0);
    assertThatThrownBy(() -> downloads.find("file"))
        .isExactlyInstanceOf(IOException.class) // AccessDeniedException tells the name alone
        .hasMessageContainingAll(file.toString(), "chmod a+r", "--adapter-cache");
  }

  @Test
  void aFolderThatCannotBeWrittenIsToldWithWhatToDo() {
    final DownloadFolder downloads =
        new DownloadFolder(Path.of("/proc/self"), () -> Long.MAX_VALUE, 0);
    assertThatThrownBy(() -> downloads.begin("file"))
        .isExactlyInstanceOf(IOException.class) // NoSuchFileException would tell of an adapter
        .hasMessageContainingAll("/proc/self", "--adapter-cache");
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    final Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> DownloadFolder.of(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(file + " is a file, allowed is a folder");
  }

  @Test
  void whatOthersKeepInTheFolderStays() throws IOException {
    final Path theirs = Files.createFile(folder.resolve("my_style.safetensors"));
    unused(theirs, Duration.ofDays(9));
    keep(new DownloadFolder(folder, () -> 0, SIZE), "new", Duration.ZERO);
    assertThat(theirs).exists();
  }

  @Test
  void tellsWhatToDoWhereItsFolderCannotBeMade(@TempDir final Path root) throws IOException {
    final Path below = Files.createFile(root.resolve("file")).resolve("cache");
    assertThatThrownBy(() -> DownloadFolder.of(below))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(below.toString(), "--adapter-cache");
  }

  /** As an adapter's file is called. */
  private static String named(final String id) {
    final String digits = HexFormat.of().formatHex(id.getBytes(StandardCharsets.UTF_8));
    return "%64s.safetensors".formatted(digits).replace(' ', '0');
  }

  private static Path keep(final DownloadFolder downloads, final String id, final Duration unused)
      throws IOException {
    final String name = named(id);
    final Path begun = downloads.begin(name);
    Files.write(begun, new byte[SIZE]);
    final Path kept = downloads.keep(begun, name);
    unused(kept, unused);
    return kept;
  }

  private static void unused(final Path file, final Duration time) throws IOException {
    final FileTime last = FileTime.from(Instant.now().minus(time));
    Files.setLastModifiedTime(file, last);
    Files.setAttribute(file, "lastAccessTime", last);
  }
}
