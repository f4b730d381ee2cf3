package io.loralake.jobs.runtime;

import io.loralake.adapter.PeftConfig;
import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Adapters' files of a machine, by name, that all its processes may share. It never fills the disk:
 * when a file comes and less is free than is to be, those go that were not used for longest; but
 * nothing that others keep in the same folder.
 */
final class DownloadFolder {
  private static final String ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

  /** Names of {@link AdapterFiles}, and of what was never finished. */
  private static final Pattern OURS =
      Pattern.compile(
          "\\.?([0-9a-f]{64}\\.safetensors|%s\\.%s)(\\.%s\\.partial)?"
              .formatted(ID, Pattern.quote(PeftConfig.NAME), ID));

  private static final Pattern FULL = Pattern.compile(AtomicFile.FULL);

  private static final String LAST_USE = "lastAccessTime";

  /** Whoever found a file has opened it by then. */
  private static final Duration IN_USE = Duration.ofMinutes(10);

  private final Path folder;
  private final Space space;
  private final long free;

  /** Says how many bytes are free. */
  @FunctionalInterface
  interface Space {
    long usable() throws IOException;
  }

  /**
   * @param space of the folder's disk
   * @param free bytes that are to stay free
   */
  DownloadFolder(final Path folder, final Space space, final long free) {
    this.folder = folder;
    this.space = space;
    this.free = free;
  }

  /**
   * Leaves a tenth of its disk free.
   *
   * @throws IllegalArgumentException when a file is in the folder's place
   * @throws IOException saying what to do where it cannot be made
   */
  static DownloadFolder of(final Path folder) throws IOException {
    if (Files.isRegularFile(folder)) {
      throw new IllegalArgumentException(
          "Folder for downloads: " + folder + " is a file, allowed is a folder");
    }
    try {
      Files.createDirectories(folder);
    } catch (final FileSystemException e) {
      throw unwritable(folder, e);
    }
    final FileStore disk = Files.getFileStore(folder);
    return new DownloadFolder(folder, disk::getUsableSpace, disk.getTotalSpace() / 10);
  }

  Path path() {
    return folder;
  }

  /**
   * A file that is there stays for ten minutes at least.
   *
   * @throws IOException saying what to do where it cannot be read
   */
  Optional<Path> find(final String name) throws IOException {
    final Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (!Files.isReadable(file)) {
      throw new IOException(
          "%s was downloaded by another user and is shut to this one: have it opened (chmod a+r), or name another folder by --adapter-cache or -Djava.io.tmpdir"
              .formatted(file));
    }
    use(file);
    return Optional.of(file);
  }

  /**
   * Adds a file; nothing of it stays where that fails.
   *
   * @throws IOException saying what to do where the folder is why, else as the writing throws
   */
  Path add(final String name, final AtomicFile.Writing writing) throws IOException {
    final Path partial = begin(name);
    try {
      writing.to(partial);
      return keep(partial, name);
    } catch (final IOException e) {
      throw naming(e);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /**
   * An empty file to be filled and kept. The folder is made anew where it has been cleared away,
   * and gives way where others have filled its disk.
   *
   * @throws IOException saying what to do where none can be made
   */
  Path begin(final String name) throws IOException {
    try {
      Files.createDirectories(folder);
      makeRoom();
      return Files.createFile(AtomicFile.partial(folder.resolve(name)));
    } catch (final FileSystemException e) {
      throw unwritable(folder, e);
    }
  }

  /** What to do, where a download failed of this folder and not of the place that has the file. */
  IOException naming(final IOException failure) {
    final boolean isOurs =
        failure instanceof FileSystemException local
            && local.getFile() != null
            && Path.of(local.getFile()).toAbsolutePath().startsWith(folder.toAbsolutePath());
    final boolean isFull =
        failure.getClass() == IOException.class
            && FULL.matcher(String.valueOf(failure.getMessage())).matches();
    return isOurs || isFull ? unwritable(folder, AtomicFile.naming(folder, failure)) : failure;
  }

  private static IOException unwritable(final Path folder, final IOException failure) {
    return new IOException(
        "downloads cannot be written to %s (%s): make room or make it writable, or name another folder by --adapter-cache or -Djava.io.tmpdir"
            .formatted(folder, failure),
        failure);
  }

  /** Names a file that is whole. */
  Path keep(final Path begun, final String name) throws IOException {
    final Path file = folder.resolve(name);
    Files.move(begun, file, StandardCopyOption.ATOMIC_MOVE);
    use(file);
    makeRoom();
    return file;
  }

  private static void use(final Path file) throws IOException {
    try {
      Files.setAttribute(file, LAST_USE, FileTime.from(Instant.now()));
    } catch (final FileSystemException e) {
      // Another user's, who alone may date it: it can be read all the same.
    }
  }

  private void makeRoom() throws IOException {
    if (space.usable() >= free) {
      return;
    }
    for (final Used one : byLastUse()) {
      if (space.usable() >= free || one.last.isAfter(Instant.now().minus(IN_USE))) {
        return;
      }
      try {
        Files.deleteIfExists(one.file);
      } catch (final FileSystemException e) {
        // Another user's, in a folder where nobody deletes those of others.
      }
    }
  }

  private record Used(Path file, Instant last) {}

  private List<Used> byLastUse() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> OURS.matcher(file.getFileName().toString()).matches())
          .flatMap(file -> used(file).stream())
          .sorted(Comparator.comparing(Used::last))
          .toList();
    }
  }

  /** A file that still comes is written and not read. */
  private static Instant lastUse(final BasicFileAttributes attributes) {
    final FileTime read = attributes.lastAccessTime();
    final FileTime written = attributes.lastModifiedTime();
    return (read.compareTo(written) > 0 ? read : written).toInstant();
  }

  /** Nothing where another process was quicker. */
  private static Optional<Used> used(final Path file) {
    try {
      final BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.isRegularFile()
          ? Optional.of(new Used(file, lastUse(attributes)))
          : Optional.empty();
    } catch (final IOException e) {
      return Optional.empty();
    }
  }
}
