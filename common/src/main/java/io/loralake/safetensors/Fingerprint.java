package io.loralake.safetensors;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.commons.codec.digest.DigestUtils;

/** A short name for what an artifact holds: the head of a SHA-256 over its parts in turn. */
public final class Fingerprint {
  private static final int BYTES = 8;
  private static final int BLOCK = 1 << 16;

  private final MessageDigest digest = DigestUtils.getSha256Digest();

  public Fingerprint add(final String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** What remains of {@code bytes}, whose position stays. */
  public Fingerprint add(final ByteBuffer bytes) {
    digest.update(bytes.duplicate());
    return this;
  }

  /** As float32, big-endian. */
  public Fingerprint add(final float[] values) {
    final ByteBuffer bytes = ByteBuffer.allocate(BLOCK * Float.BYTES);
    for (int from = 0; from < values.length; from += BLOCK) {
      final int count = Math.min(BLOCK, values.length - from);
      bytes.asFloatBuffer().put(values, from, count);
      digest.update(bytes.array(), 0, count * Float.BYTES);
    }
    return this;
  }

  /** 16 hexadecimal digits; nothing can be added after it. */
  public String finish() {
    return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
  }
}
