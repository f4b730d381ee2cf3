package io.loralake.source;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/** A folder of this machine that is shut to this user: Hadoop says that nothing is in it. */
final class ShutFolder {
  private ShutFolder() {}

  /**
   * Sees to it that a file that Hadoop says is absent is so.
   *
   * @throws AccessDeniedException naming the file, where that cannot be known
   */
  static void requireAbsent(final FileSystem store, final Path absent) throws IOException {
    if (store instanceof final LocalFileSystem local) {
      try {
        Files.readAttributes(local.pathToFile(absent).toPath(), BasicFileAttributes.class);
      } catch (final AccessDeniedException e) {
        throw e;
      } catch (final FileSystemException e) {
        return; // it is not there, or a link in circles
      }
    }
  }
}
