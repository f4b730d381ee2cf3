package io.loralake.safetensors;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.UUID;

/** Writes files of this machine: complete and under their final name, or not at all. */
public final class AtomicFile {
  private static final int MOST_LINKS = 40; // as Linux follows

  /** A pattern of what the JDK says where a disk has no room. */
  public static final String FULL = "No space left on device|Disk quota exceeded";

  private AtomicFile() {}

  /** Writes a new file at a path that it is given. */
  @FunctionalInterface
  public interface Writing {
    void to(Path partial) throws IOException;
  }

  /**
   * Writes a file, in a folder that is made if need be, over what was there: of a link, where it
   * leads to, there or not. A pipe or a device, such as {@code /dev/stdout}, is written to and
   * stays what it is.
   */
  public static void write(final Path path, final Writing writing) throws IOException {
    try {
      if (isDevice(path)) {
        writeInto(path, writing);
      } else {
        replace(path, writing);
      }
    } catch (final IOException e) {
      throw naming(path, e);
    }
  }

  /** Makes the folder of a file that is to be written later, and tries it; leaves no file. */
  public static void tryOut(final Path path) throws IOException {
    if (isDevice(path)) {
      return;
    }
    final Path file = target(path);
    Files.createDirectories(file.getParent());
    Files.delete(Files.createFile(partial(file)));
  }

  private static boolean isDevice(final Path path) throws IOException {
    return Files.exists(path) && Files.readAttributes(path, BasicFileAttributes.class).isOther();
  }

  private static Path target(final Path path) throws IOException {
    if (Files.exists(path)) {
      return path.toRealPath();
    }
    Path file = path.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(file); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemException(path.toString(), null, "it links to itself");
      }
      file = file.resolveSibling(Files.readSymbolicLink(file));
    }
    return file;
  }

  /** What went wrong with a file: the JDK's failure for want of disk does not name it. */
  public static IOException naming(final Path path, final IOException failure) {
    if (failure.getClass() != IOException.class) {
      return failure;
    }
    final IOException named = new FileSystemException(path.toString(), null, failure.getMessage());
    named.initCause(failure);
    return named;
  }

  private static void replace(final Path path, final Writing writing) throws IOException {
    final Path file = target(path);
    Files.createDirectories(file.getParent());
    final Path partial = partial(file);
    try {
      writing.to(partial);
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /** As {@link #write}, in UTF-8. */
  public static void writeText(final Path path, final String text) throws IOException {
    write(path, partial -> Files.writeString(partial, text));
  }

  /** As {@link #writeText}, each line with its end. */
  public static void writeLines(final Path path, final List<String> lines) throws IOException {
    write(path, partial -> Files.write(partial, lines));
  }

  private static void writeInto(final Path device, final Writing writing) throws IOException {
    final Path folder = Files.createTempDirectory("loralake-");
    final Path whole = folder.resolve("whole"); // a new file, as writings make it
    try (OutputStream out = Files.newOutputStream(device, StandardOpenOption.WRITE)) {
      writing.to(whole);
      Files.copy(whole, out);
    } finally {
      Files.deleteIfExists(whole);
      Files.delete(folder);
    }
  }

  /**
   * A name beside a file, for its content until it is complete. No temporary file of the JDK's:
   * those are their owner's alone, and would stay so under the final name.
   */
  public static Path partial(final Path path) {
    return path.toAbsolutePath()
        .resolveSibling("." + path.getFileName() + "." + UUID.randomUUID() + ".partial");
  }
}
