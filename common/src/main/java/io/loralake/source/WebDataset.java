package io.loralake.source;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Reads a tar file of the WebDataset layout, gzipped or not, front to back: neighbouring members
 * whose names, UTF-8 in any locale, are equal up to the first dot of the file name make up a
 * sample. Hidden ones are left out: tar of macOS puts one before each file that has attributes.
 */
public final class WebDataset implements Closeable {
  private static final int GZIP_MAGIC = 0x1f8b;

  private final TarArchiveInputStream tar;
  private TarArchiveEntry entry; // the first of the next sample; null at the end

  /**
   * @param members by what follows the first dot of their names: {@code png}, {@code json}
   */
  public record Sample(String key, Map<String, byte[]> members) {}

  /** Takes over {@code in}: it is closed when it is no tar, else by {@link #close}. */
  public WebDataset(final InputStream in) throws IOException {
    try {
      final BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
      buffered.mark(2);
      final boolean gzipped = (buffered.read() << 8 | buffered.read()) == GZIP_MAGIC;
      buffered.reset();
      this.tar =
          new TarArchiveInputStream(
              gzipped ? new GZIPInputStream(buffered) : buffered, StandardCharsets.UTF_8.name());
      this.entry = nextFile();
    } catch (final IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  private TarArchiveEntry nextFile() throws IOException {
    TarArchiveEntry next = tar.getNextEntry();
    while (next != null && (!next.isFile() || Listed.name(next.getName()).startsWith("."))) {
      next = tar.getNextEntry();
    }
    return next;
  }

  /** The next sample; nothing at the end of the file. */
  public Optional<Sample> next() throws IOException {
    if (entry == null) {
      return Optional.empty();
    }
    final String key = key(entry);
    final Map<String, byte[]> members = new LinkedHashMap<>();
    while (entry != null && key(entry).equals(key)) {
      final String end =
          entry.getName().substring(Math.min(key.length() + 1, entry.getName().length()));
      members.put(end.toLowerCase(Locale.ROOT), tar.readAllBytes());
      entry = nextFile();
    }
    return Optional.of(new Sample(key, members));
  }

  private static String key(final TarArchiveEntry entry) {
    final String name = entry.getName();
    final int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
    return dot < 0 ? name : name.substring(0, dot);
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
