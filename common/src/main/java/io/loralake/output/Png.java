package io.loralake.output;

import io.loralake.safetensors.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** PNG files with text chunks. */
public final class Png {
  private static final String FORMAT = "javax_imageio_png_1.0";

  private Png() {}

  /**
   * The bytes of a PNG file.
   *
   * @param text keyword -> value; Latin-1 values become {@code tEXt} chunks, others {@code iTXt}
   */
  public static byte[] encode(final BufferedImage picture, final Map<String, String> text) {
    final ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      final IIOMetadata metadata =
          writer.getDefaultImageMetadata(
              ImageTypeSpecifier.createFromRenderedImage(picture), writer.getDefaultWriteParam());
      addText(metadata, text);
      writer.setOutput(out);
      writer.write(new IIOImage(picture, null, metadata));
    } catch (final IOException e) {
      throw new UncheckedIOException("Cannot encode a PNG", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** Writes a PNG file: complete and under its final name, or not at all. */
  public static void write(
      final Path path, final BufferedImage picture, final Map<String, String> text)
      throws IOException {
    AtomicFile.write(path, partial -> Files.write(partial, encode(picture, text)));
  }

  private static void addText(final IIOMetadata metadata, final Map<String, String> text)
      throws IIOInvalidTreeException {
    final IIOMetadataNode latin = new IIOMetadataNode("tEXt");
    final IIOMetadataNode international = new IIOMetadataNode("iTXt");
    text.forEach(
        (keyword, value) -> {
          if (StandardCharsets.ISO_8859_1.newEncoder().canEncode(value)) {
            latin.appendChild(textEntry(keyword, value));
          } else {
            international.appendChild(internationalEntry(keyword, value));
          }
        });
    final IIOMetadataNode root = new IIOMetadataNode(FORMAT);
    if (international.hasChildNodes()) {
      root.appendChild(international);
    }
    if (latin.hasChildNodes()) {
      root.appendChild(latin);
    }
    metadata.mergeTree(FORMAT, root);
  }

  private static IIOMetadataNode textEntry(final String keyword, final String value) {
    final IIOMetadataNode entry = new IIOMetadataNode("tEXtEntry");
    entry.setAttribute("keyword", keyword);
    entry.setAttribute("value", value);
    return entry;
  }

  private static IIOMetadataNode internationalEntry(final String keyword, final String value) {
    final IIOMetadataNode entry = new IIOMetadataNode("iTXtEntry");
    entry.setAttribute("keyword", keyword);
    entry.setAttribute("compressionFlag", "FALSE");
    entry.setAttribute("compressionMethod", "0");
    entry.setAttribute("languageTag", "");
    entry.setAttribute("translatedKeyword", "");
    entry.setAttribute("text", value);
    return entry;
  }
}
