package io.loralake.source;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file on this machine.
 *
 * @param temporary whether it goes when this is closed
 */
public record LocalCopy(Path path, boolean temporary) implements Closeable {
  @Override
  public void close() throws IOException {
    if (temporary) {
      Files.deleteIfExists(path);
    }
  }
}
