package io.loralake.source.web;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Room for downloads that leaves nothing behind. */
final class Scratch {
  private Scratch() {}

  /**
   * An empty file without a name: on Unix it is unlinked when it is opened, so that its bytes are
   * freed when the channel, or the process, ends in whatever way.
   */
  static FileChannel create(final Path folder) throws IOException {
    Files.createDirectories(folder);
    return FileChannel.open(
        folder.resolve("adapter-" + UUID.randomUUID() + ".safetensors"),
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }
}
