package io.loralake.source;

import io.loralake.safetensors.ByteSource;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;

/** Files behind any URI that Hadoop knows: {@code file:}, {@code s3a:}, {@code hdfs:}, ... */
public final class FileStore {
  private final Configuration configuration;

  public FileStore(final Configuration configuration) {
    this.configuration = configuration;
  }

  /** A folder's own content. */
  public record Children(List<Listed> files, List<String> folders) {}

  /** {@code uri} with scheme, host and absolute path, without a slash at the end. */
  public String qualify(final String uri) throws IOException {
    final org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(uri);
    return path.getFileSystem(configuration).makeQualified(path).toString();
  }

  /**
   * Lists a folder without its sub-folders, or the single file that {@code uri} names.
   *
   * @throws java.io.FileNotFoundException when nothing is there
   */
  public Children children(final String uri) throws IOException {
    final org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(uri);
    final FileSystem store = path.getFileSystem(configuration);
    final List<Listed> files = new ArrayList<>();
    final List<String> folders = new ArrayList<>();
    final RemoteIterator<FileStatus> entries = store.listStatusIterator(path);
    while (entries.hasNext()) {
      final FileStatus entry = entries.next();
      if (entry.isDirectory()) {
        folders.add(entry.getPath().toString());
      } else {
        files.add(listed(entry));
      }
    }
    return new Children(files, folders);
  }

  /** Hands out every file below a folder, page by page as the store delivers them. */
  public void walk(final String folder, final Consumer<Listed> sink) throws IOException {
    final org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder);
    final RemoteIterator<LocatedFileStatus> entries =
        path.getFileSystem(configuration).listFiles(path, true);
    while (entries.hasNext()) {
      sink.accept(listed(entries.next()));
    }
  }

  private static Listed listed(final FileStatus entry) {
    final String etag = entry instanceof EtagSource source ? source.getEtag() : null;
    final String revision =
        etag == null || etag.isEmpty() ? "mtime:" + entry.getModificationTime() : "etag:" + etag;
    return new Listed(entry.getPath().toString(), revision, entry.getLen());
  }

  /** Opens a file for ranged reads: one request a read, no more bytes than asked for. */
  public ByteSource open(final Listed file) throws IOException {
    return new RangedFile(file.uri(), file.size(), openForRanges(file.uri()));
  }

  private FSDataInputStream openForRanges(final String uri) throws IOException {
    final org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(uri);
    final FileSystem store = path.getFileSystem(configuration);
    try {
      return store
          .openFile(path)
          .opt("fs.s3a.experimental.input.fadvise", "random")
          .opt("fs.s3a.readahead.range", RangedFile.READ_AHEAD)
          .build()
          .get();
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while opening " + uri, e);
    } catch (final java.util.concurrent.ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    }
  }

  /** Text of a small file; what lies beyond {@code maxBytes} is left out. */
  public String text(final String uri, final int maxBytes) throws IOException {
    final org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(uri);
    try (InputStream in = path.getFileSystem(configuration).open(path)) {
      final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.write(in.readNBytes(maxBytes));
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }

  /** A path on this machine with the file's bytes; closing it removes what was downloaded. */
  public LocalCopy localCopy(final Listed file, final Path folder) throws IOException {
    if (file.uri().startsWith("file:")) {
      return new LocalCopy(Path.of(new org.apache.hadoop.fs.Path(file.uri()).toUri()), false);
    }
    final org.apache.hadoop.fs.Path remote = new org.apache.hadoop.fs.Path(file.uri());
    Files.createDirectories(folder);
    final Path local = Files.createTempFile(folder, "adapter-", ".safetensors");
    final LocalCopy copy = new LocalCopy(local, true);
    try (InputStream in = remote.getFileSystem(configuration).open(remote)) {
      final long copied = Files.copy(in, local, StandardCopyOption.REPLACE_EXISTING);
      if (copied != file.size()) {
        throw new IOException(
            file.uri() + ": got " + copied + " bytes, the listing said " + file.size());
      }
      return copy;
    } catch (final IOException | RuntimeException e) {
      copy.close();
      throw e;
    }
  }

  /** A file on this machine. */
  public record LocalCopy(Path path, boolean temporary) implements Closeable {
    @Override
    public void close() throws IOException {
      if (temporary) {
        Files.deleteIfExists(path);
      }
    }
  }
}
