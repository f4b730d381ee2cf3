package io.loralake.output;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** What pictures can be stored as. The same pixels always give the same bytes. */
public enum PictureFormat {
  /** Lossless. */
  PNG("png", "") {
    @Override
    public byte[] encode(final BufferedImage picture, final Map<String, String> text) {
      return Png.encode(picture, text);
    }
  },
  /** Quality 0.95. */
  JPEG("jpg", "JPEG"),
  /** Lossy, quality 0.95. */
  WEBP("webp", "Lossy");

  private static final float QUALITY = 0.95f;

  private final String extension;
  private final String compression;

  PictureFormat(final String extension, final String compression) {
    this.extension = extension;
    this.compression = compression;
  }

  /**
   * {@code png}, {@code jpeg} or {@code webp}.
   *
   * @throws IllegalArgumentException for any other name
   */
  public static PictureFormat of(final String name) {
    try {
      return valueOf(name.toUpperCase(Locale.ROOT));
    } catch (final IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'" + name + "' is no picture format, allowed are png, jpeg, webp", e);
    }
  }

  /** What ends a file's name, without a dot. */
  public String extension() {
    return extension;
  }

  /**
   * The bytes of a file.
   *
   * @param text keyword -> value, kept by PNG alone
   */
  public byte[] encode(final BufferedImage picture, final Map<String, String> text) {
    final ImageWriter writer = ImageIO.getImageWritersBySuffix(extension).next();
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      final ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionType(compression);
      parameters.setCompressionQuality(QUALITY);
      writer.setOutput(out);
      writer.write(null, new IIOImage(picture, null, null), parameters);
    } catch (final IOException e) {
      throw new UncheckedIOException("Cannot encode a " + this, e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /**
   * A smaller file of a picture; one that is small enough stays as it is, byte for byte.
   *
   * @param file of this format
   * @param side of the longer side, pixels at most
   */
  public byte[] thumbnail(final byte[] file, final int side) throws IOException {
    final BufferedImage picture = ImageIO.read(new ByteArrayInputStream(file));
    final BufferedImage small = Scaling.within(picture, side);
    return small == picture ? file : encode(small, Map.of());
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
