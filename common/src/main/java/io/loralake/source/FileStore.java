package io.loralake.source;

import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** Files behind any URI that Hadoop knows: {@code file:}, {@code s3a:}, {@code hdfs:}, ... */
public final class FileStore {
  private final Configuration configuration;

  public FileStore(final Configuration configuration) {
    this.configuration = configuration;
  }

  /** One entry of a folder: a file, or a folder whose {@code uri} is all there is. */
  public record Entry(boolean isFolder, Listed file) {}

  /**
   * {@code uri} with scheme, host and absolute path; only a root has a slash at the end.
   *
   * @throws IllegalArgumentException naming it when no store can have it
   */
  public String qualify(final String uri) throws IOException {
    try {
      final Path given = new Path(uri);
      final Path path = given.toUri().getPath().isEmpty() ? new Path(given, "/") : given;
      return path.getFileSystem(configuration).makeQualified(path).toString();
    } catch (final IllegalArgumentException | UnsupportedFileSystemException e) {
      throw new IllegalArgumentException("'" + uri + "' is no path: " + e.getMessage(), e);
    }
  }

  /** How the URI of everything below a folder, qualified, begins. */
  public static String prefix(final String folder) {
    return folder.endsWith("/") ? folder : folder + "/";
  }

  /**
   * A folder's own entries, or the single file that {@code uri} names; paged as the store delivers
   * them. The iterator throws {@link UncheckedIOException}.
   *
   * @throws java.io.FileNotFoundException when nothing is there
   */
  public Iterator<Entry> children(final String uri) throws IOException {
    final Path path = new Path(uri);
    final FileSystem store = path.getFileSystem(configuration);
    final RemoteIterator<FileStatus> entries;
    if (store instanceof final LocalFileSystem local) {
      local.getFileStatus(path);
      entries = new LocalWalk(local, path, false);
    } else {
      entries = store.listStatusIterator(path);
    }
    return iterate(entries, entry -> new Entry(entry.isDirectory(), Listed.of(entry)));
  }

  /** Every file below a folder, like {@link #children}. */
  public Iterator<Entry> walk(final String folder) throws IOException {
    final Path path = new Path(folder);
    final FileSystem store = path.getFileSystem(configuration);
    return iterate(
        store instanceof LocalFileSystem local
            ? new LocalWalk(local, path, true)
            : store.listFiles(path, true),
        entry -> new Entry(false, Listed.of(entry)));
  }

  private static Iterator<Entry> iterate(
      final RemoteIterator<? extends FileStatus> entries,
      final Function<FileStatus, Entry> convert) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        try {
          return entries.hasNext();
        } catch (final IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public Entry next() {
        try {
          return convert.apply(entries.next());
        } catch (final IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  /**
   * Opens a file for ranged reads: one request a read, no more bytes than asked for.
   *
   * @throws IOException when it has not the listed size: it was replaced, or is another key that
   *     Hadoop spells the same, as it folds {@code a//b} into {@code a/b}
   */
  public SourceFile open(final Listed file) throws IOException {
    return new RangedFile(this, file, openForRanges(file));
  }

  private FSDataInputStream openForRanges(final Listed file) throws IOException {
    final Path path = new Path(file.uri());
    final FileSystem store = path.getFileSystem(configuration);
    final FileStatus status = store.getFileStatus(path);
    requireSize(file, status.getLen());
    try {
      return store
          .openFile(path)
          .withFileStatus(status)
          .opt("fs.s3a.experimental.input.fadvise", "random")
          .opt("fs.s3a.readahead.range", RangedFile.READ_AHEAD)
          .build()
          .get();
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while opening " + file.uri(), e);
    } catch (final ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    }
  }

  /** Whether there is a file or a folder; throws where a {@link ShutFolder} does not tell. */
  public boolean exists(final String uri) throws IOException {
    final Path path = new Path(uri);
    final FileSystem store = path.getFileSystem(configuration);
    if (store.exists(path)) {
      return true;
    }
    ShutFolder.requireAbsent(store, path);
    return false;
  }

  /** Whether what is at a URI is a file, and no folder. */
  public boolean isFile(final String uri) throws IOException {
    final Path path = new Path(uri);
    return path.getFileSystem(configuration).getFileStatus(path).isFile();
  }

  /** Length of a file in bytes. */
  public long size(final String uri) throws IOException {
    final Path path = new Path(uri);
    return path.getFileSystem(configuration).getFileStatus(path).getLen();
  }

  /** When a file or folder was last changed, in milliseconds since 1970. */
  public long modified(final String uri) throws IOException {
    final Path path = new Path(uri);
    return path.getFileSystem(configuration).getFileStatus(path).getModificationTime();
  }

  /** Deletes a file, or a folder with all that is in it, if it is there. */
  public void delete(final String uri) throws IOException {
    final Path path = new Path(uri);
    path.getFileSystem(configuration).delete(path, true);
  }

  /** Copies a file between stores; what was at {@code target} is replaced. */
  public void copy(final String source, final String target) throws IOException {
    final Path from = new Path(source);
    final Path to = new Path(target);
    FileUtil.copy(
        from.getFileSystem(configuration),
        from,
        to.getFileSystem(configuration),
        to,
        false,
        true,
        configuration);
  }

  /** Text of a small file; what lies beyond {@code maxBytes} is left out. */
  public String text(final String uri, final int maxBytes) throws IOException {
    return text(bytes(uri, maxBytes));
  }

  /** UTF-8, without the byte order mark that editors of Windows put before it. */
  public static String text(final byte[] stored) {
    final String text = new String(stored, StandardCharsets.UTF_8);
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  /** A small file; what lies beyond {@code maxBytes} is left out. */
  public byte[] bytes(final String uri, final int maxBytes) throws IOException {
    try (InputStream in = stream(uri)) {
      return in.readNBytes(maxBytes);
    }
  }

  /**
   * A file front to back; the caller closes it. On this machine as it is: Hadoop would look for a
   * checksum file beside it, which cannot have every name, and may be older.
   */
  public InputStream stream(final String uri) throws IOException {
    final Path path = new Path(uri);
    final FileSystem store = path.getFileSystem(configuration);
    return store instanceof final LocalFileSystem local
        ? Files.newInputStream(local.pathToFile(path).toPath())
        : store.open(path);
  }

  /**
   * The files that a pattern of the store ({@code *}, {@code ?}, <code>{a,b}</code>) means, sorted.
   */
  public List<Listed> glob(final String pattern) throws IOException {
    final Path path = new Path(pattern);
    return PathPattern.find(path.getFileSystem(configuration), path).stream()
        .filter(FileStatus::isFile)
        .map(Listed::of)
        .sorted(Comparator.comparing(Listed::uri))
        .toList();
  }

  /**
   * As above.
   *
   * @param folder means itself, whatever its name
   * @param pattern of what is in it
   */
  public List<Listed> glob(final String folder, final String pattern) throws IOException {
    return glob(literal(folder) + "/" + pattern);
  }

  /** The pattern that means one URI alone. */
  public static String literal(final String uri) {
    return uri.replaceAll("[\\\\*?\\[\\]{}]", "\\\\$0");
  }

  /**
   * Puts a file of this machine in the place of {@code target}, or of nothing; other readers see it
   * complete or not at all. When it fails, what was there is still there.
   */
  public void put(final java.nio.file.Path source, final String target) throws IOException {
    final Path to = new Path(target);
    final FileSystem store = to.getFileSystem(configuration);
    if (store instanceof final LocalFileSystem local) {
      // Not by Hadoop, which would write a checksum file beside it.
      AtomicFile.write(
          local.pathToFile(to).toPath(),
          partial -> {
            // Not from path to path, which would keep the permissions of a temporary file.
            try (InputStream bytes = Files.newInputStream(source)) {
              Files.copy(bytes, partial);
            }
          });
      return;
    }
    if (store.hasPathCapability(to, CommonPathCapabilities.ABORTABLE_STREAM)) {
      // An object store: what is written shows at the end, and renaming would be a copy.
      store.copyFromLocalFile(false, true, new Path(source.toUri()), to);
      return;
    }
    final Path partial =
        new Path(to.getParent(), "." + to.getName() + "." + UUID.randomUUID() + ".partial");
    try {
      store.copyFromLocalFile(false, true, new Path(source.toUri()), partial);
      replace(store, partial, to);
    } finally {
      store.delete(partial, false);
    }
  }

  private void replace(final FileSystem store, final Path partial, final Path to)
      throws IOException {
    final FileContext context;
    try {
      context = FileContext.getFileContext(store.getUri(), configuration);
    } catch (final UnsupportedFileSystemException e) {
      // A store that cannot replace a file in one step.
      store.delete(to, false);
      if (!store.rename(partial, to)) {
        throw new IOException(to + ": the store does not rename " + partial, e);
      }
      return;
    }
    context.rename(store.makeQualified(partial), store.makeQualified(to), Options.Rename.OVERWRITE);
  }

  /** As above, of what is first written to a temporary file of this machine. */
  public void put(final AtomicFile.Writing writing, final String target) throws IOException {
    try (LocalCopy local = new LocalCopy(Files.createTempFile("loralake-", null), true)) {
      writing.to(local.path());
      put(local.path(), target);
    }
  }

  /** As above, of a small text; halves of surrogate pairs become {@code ?}. */
  public void putText(final String text, final String target) throws IOException {
    put(partial -> Files.write(partial, text.getBytes(StandardCharsets.UTF_8)), target);
  }

  /** The path of a {@code file:} URI. */
  public static java.nio.file.Path localPath(final String uri) {
    return java.nio.file.Path.of(new Path(uri).toUri().getPath());
  }

  /** A path on this machine with the file's bytes; closing it removes what was downloaded. */
  public LocalCopy localCopy(final Listed file, final java.nio.file.Path folder)
      throws IOException {
    if (file.uri().startsWith("file:")) {
      final java.nio.file.Path path = localPath(file.uri());
      requireSize(file, Files.size(path));
      return new LocalCopy(path, false);
    }
    Files.createDirectories(folder);
    final java.nio.file.Path local = Files.createTempFile(folder, "adapter-", ".safetensors");
    final LocalCopy copy = new LocalCopy(local, true);
    try (InputStream in = stream(file.uri())) {
      requireSize(file, Files.copy(in, local, StandardCopyOption.REPLACE_EXISTING));
      return copy;
    } catch (final IOException | RuntimeException e) {
      copy.close();
      throw e;
    }
  }

  /** A file that has changed since it was listed is still being written: try again later. */
  private static void requireSize(final Listed file, final long actual) throws IOException {
    if (actual != file.size()) {
      throw new IOException(
          file.uri() + ": it has " + actual + " bytes, the listing said " + file.size());
    }
  }
}
