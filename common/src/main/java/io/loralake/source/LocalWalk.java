package io.loralake.source;

import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NoSuchElementException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * Every file below a folder of this machine, folder by folder, or its own entries alone: Hadoop's
 * own recursive listing of local files starts a process for each of them to ask for its
 * permissions. A name that cannot be spelt or a folder that is shut fails it at its end, when all
 * others are listed; where they are many the failure is the first, which the others are added to as
 * suppressed ones.
 */
final class LocalWalk implements RemoteIterator<FileStatus> {
  private static final char UNSPELT = '\ufffd';

  private final LocalFileSystem store;
  private final Deque<Path> folders = new ArrayDeque<>();
  private final Deque<FileStatus> files = new ArrayDeque<>();
  private final boolean isDeep;
  private IOException failure;

  /**
   * A walk.
   *
   * @param folder or a single file, which is then all there is
   * @param isDeep whether what lies in sub-folders is listed in their place
   */
  LocalWalk(final LocalFileSystem store, final Path folder, final boolean isDeep) {
    this.store = store;
    this.isDeep = isDeep;
    folders.add(folder);
  }

  @Override
  public boolean hasNext() throws IOException {
    while (files.isEmpty() && !folders.isEmpty()) {
      try {
        list(folders.remove());
      } catch (final IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (files.isEmpty() && failure != null) {
      throw failure;
    }
    return !files.isEmpty();
  }

  private void list(final Path folder) throws IOException {
    for (final FileStatus entry : store.listStatus(folder)) {
      if (!isUsable(store, entry)) {
        continue;
      }
      if (isDeep && entry.isDirectory()) {
        folders.add(entry.getPath());
      } else {
        files.add(entry);
      }
    }
    requireComplete(store.pathToFile(folder));
  }

  @Override
  public FileStatus next() throws IOException {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return files.remove();
  }

  /** Hadoop's listing leaves out what it cannot look at: files that are there would be gone. */
  private static void requireComplete(final File folder) throws IOException {
    final String[] names = folder.list();
    if (names == null || names.length == 0) { // a file, or nothing to be left out
      return;
    }
    if (!folder.canExecute()) {
      throw new AccessDeniedException(
          folder.getPath(),
          null,
          "its names may be read, its files not; have it opened (chmod +x)");
    }
    for (final String name : names) {
      if (name.indexOf(UNSPELT) >= 0 && !new File(folder, name).exists()) {
        throw new IOException(
            "%s: the locale of this process cannot spell '%s'; run it with LC_ALL=C.UTF-8, or rename the file where it has that"
                .formatted(folder, name));
      }
    }
  }

  /** Reading a pipe may never end, nor does a walk into a folder that is one above itself. */
  private static boolean isUsable(final LocalFileSystem store, final FileStatus entry)
      throws IOException {
    final File file = store.pathToFile(entry.getPath());
    return entry.isDirectory() ? !isAboveItself(file.toPath()) : file.isFile();
  }

  private static boolean isAboveItself(final java.nio.file.Path folder) throws IOException {
    for (java.nio.file.Path above = folder.getParent(); above != null; above = above.getParent()) {
      if (Files.isSameFile(folder, above)) {
        return true;
      }
    }
    return false;
  }
}
