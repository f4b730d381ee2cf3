package io.loralake.safetensors;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.commons.codec.digest.DigestUtils;

/** SHA-256 of a file, computed piece by piece ahead of whoever else reads it. */
public final class FileHash {
  private static final int CHUNK = 1 << 20;

  private final ByteSource file;
  private final MessageDigest digest = DigestUtils.getSha256Digest();
  private long position;

  public FileHash(final ByteSource file) {
    this.file = file;
  }

  /** Of a file on this machine: 64 hexadecimal digits. */
  public static String of(final Path path) throws IOException {
    try (ByteSource file = MappedFile.open(path)) {
      return new FileHash(file).finish();
    }
  }

  /** Hashes up to {@code end}; what lies before is not read again. */
  public void advanceTo(final long end) throws IOException {
    while (position < end) {
      final int length = (int) Math.min(CHUNK, end - position);
      digest.update(file.read(position, length));
      position += length;
    }
  }

  /** Hashes the rest; 64 hexadecimal digits. */
  public String finish() throws IOException {
    advanceTo(file.size());
    return HexFormat.of().formatHex(digest.digest());
  }
}
