package io.loralake.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {
  private static final long WINDOW = 1L << 30;

  @TempDir private Path directory;

  @Test
  void aFolderIsNamed() {
    assertThatThrownBy(() -> SafetensorsFile.open(directory))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessage(directory + " is a folder, allowed is a file");
  }

  /** Checkpoints are longer than one map can be. The file has holes, which take no room. */
  @Test
  void rangesBehindAndAcrossTheFirstWindowAreRead() throws IOException {
    final Path path = directory.resolve("long");
    final byte[] around = {1, 2, 3, 4, 5, 6, 7, 8};
    write(path, WINDOW - 5, around);
    write(path, 2 * WINDOW - 1, new byte[] {9, 10, 11});
    try (MappedFile file = MappedFile.open(path)) {
      assertThat(file.size()).isEqualTo(2 * WINDOW + 2);
      assertThat(bytes(file, WINDOW - 5, 8)).as("across").isEqualTo(around);
      assertThat(bytes(file, WINDOW - 5, 5)).as("up to the end").containsExactly(1, 2, 3, 4, 5);
      assertThat(bytes(file, WINDOW, 3)).as("from the second on").containsExactly(6, 7, 8);
      assertThat(bytes(file, 2 * WINDOW - 1, 3)).as("to the last").containsExactly(9, 10, 11);
      assertThat(file.read(WINDOW - 5, 8).getLong()).isEqualTo(0x0807060504030201L);
    }
  }

  @Test
  void aRangeOutsideTheFileIsRefused() throws IOException {
    final Path path = directory.resolve("short");
    write(path, 0, new byte[] {1, 2, 3});
    try (MappedFile file = MappedFile.open(path)) {
      assertThat(bytes(file, 1, 2)).containsExactly(2, 3);
      assertThat(bytes(file, 3, 0)).isEmpty();
      assertThatThrownBy(() -> file.read(2, 2))
          .isInstanceOf(EOFException.class)
          .hasMessage(path + ": range 2+2 is outside 3 bytes");
      assertThatThrownBy(() -> file.read(-1, 2)).isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> file.read(2, -1)).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void aHashInPiecesIsThatOfTheWhole() throws IOException {
    final Path path = directory.resolve("pieces");
    final byte[] content = new byte[2_500_000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31 >> 8);
    }
    write(path, 0, content);
    final String whole = DigestUtils.sha256Hex(content);
    assertThat(FileHash.of(path)).isEqualTo(whole);
    try (MappedFile file = MappedFile.open(path)) {
      final FileHash hash = new FileHash(file);
      hash.advanceTo(100);
      hash.advanceTo(1_200_000);
      hash.advanceTo(50); // was hashed already
      assertThat(hash.finish()).isEqualTo(whole);
    }
  }

  private static void write(final Path path, final long position, final byte[] content)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.SPARSE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(content), position);
    }
  }

  private static byte[] bytes(final MappedFile file, final long position, final int length)
      throws IOException {
    final byte[] bytes = new byte[length];
    file.read(position, length).get(bytes);
    return bytes;
  }
}
