package io.loralake.source;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes a tar file of the WebDataset layout. The same samples always give the same bytes: members
 * have no date and no owner, and their names are UTF-8 in any locale.
 */
public final class WebDatasetWriter implements Closeable {
  private final TarArchiveOutputStream tar;

  /** Takes over {@code out}. */
  public WebDatasetWriter(final OutputStream out) {
    this.tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  /**
   * Appends a sample.
   *
   * @param members by what follows the key and a dot in their names; written in their order
   */
  public void add(final String key, final Map<String, byte[]> members) throws IOException {
    for (final Map.Entry<String, byte[]> member : members.entrySet()) {
      final TarArchiveEntry entry = new TarArchiveEntry(key + "." + member.getKey());
      entry.setSize(member.getValue().length);
      entry.setModTime(0);
      entry.setIds(0, 0);
      tar.putArchiveEntry(entry);
      tar.write(member.getValue());
      tar.closeArchiveEntry();
    }
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
