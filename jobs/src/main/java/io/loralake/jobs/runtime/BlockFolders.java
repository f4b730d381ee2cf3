package io.loralake.jobs.runtime;

import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Where Spark keeps blocks on this machine. Where it can keep none, it ends the JVM with a code of
 * its own, and does not say what is to be done.
 *
 * @param setting as {@code spark.local.dir} has it: folders with commas between them
 */
public record BlockFolders(String setting) {

  /**
   * Refuses folders of which none can be written to.
   *
   * @throws IllegalArgumentException naming them
   */
  public void requireOne() {
    if (Stream.of(setting.split(",")).noneMatch(BlockFolders::isWritable)) {
      throw new IllegalArgumentException(
          "Spark can keep no blocks in %s: name a folder that can be written to and has room, with --conf spark.local.dir=FOLDER"
              .formatted(setting));
    }
  }

  private static boolean isWritable(final String folder) {
    try {
      AtomicFile.tryOut(Path.of(folder, "blocks"));
      return true;
    } catch (final IOException e) {
      return false;
    }
  }
}
