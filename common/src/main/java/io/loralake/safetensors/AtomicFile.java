package io.loralake.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Writes files of this machine: complete and under their final name, or not at all. */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes a new file at a path that it is given. */
  @FunctionalInterface
  public interface Writing {
    void to(Path partial) throws IOException;
  }

  /** Writes a file, in a folder that is made if need be, over what was there. */
  public static void write(final Path path, final Writing writing) throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    final Path partial = partial(path);
    try {
      writing.to(partial);
      Files.move(partial, path, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
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
