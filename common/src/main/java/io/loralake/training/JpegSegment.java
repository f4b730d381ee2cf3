package io.loralake.training;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What programs write into JPEG files beside the picture, each under a marker and a name. */
final class JpegSegment {
  static final int APP1 = 0xffe1;
  static final int APP14 = 0xffee;

  private static final int START_OF_IMAGE = 0xffd8;
  private static final int START_OF_SCAN = 0xffda;

  private JpegSegment() {}

  /**
   * What follows {@code name} in the first segment that begins with it; nothing where the file is
   * no JPEG, has none, or is cut off before.
   */
  static Optional<ByteBuffer> find(final byte[] encoded, final int marker, final String name) {
    final ByteBuffer wanted = ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII));
    final ByteBuffer jpeg = ByteBuffer.wrap(encoded);
    try {
      if (marker(jpeg) != START_OF_IMAGE) {
        return Optional.empty();
      }
      int found = marker(jpeg);
      while (found >>> 8 == 0xff && found != START_OF_SCAN) {
        final int length = Short.toUnsignedInt(jpeg.getShort()) - Short.BYTES;
        final ByteBuffer segment = jpeg.slice(jpeg.position(), length);
        final int named = wanted.remaining();
        if (found == marker && length >= named && segment.slice(0, named).equals(wanted)) {
          return Optional.of(segment.slice(named, length - named));
        }
        jpeg.position(jpeg.position() + length);
        found = marker(jpeg);
      }
    } catch (final BufferUnderflowException
        | IndexOutOfBoundsException
        | IllegalArgumentException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static int marker(final ByteBuffer jpeg) {
    return Short.toUnsignedInt(jpeg.getShort());
  }
}
