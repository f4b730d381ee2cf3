package io.loralake.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.GlobExpander;
import org.apache.hadoop.fs.GlobFilter;
import org.apache.hadoop.fs.Path;

/**
 * What a pattern means in a store, by Hadoop's rules. Its own search takes what stands before a
 * colon in a name for a scheme, and fails where any file or folder that it meets has one.
 */
final class PathPattern {
  private final FileSystem store;
  private final List<FileStatus> found = new ArrayList<>();

  private PathPattern(final FileSystem store) {
    this.store = store;
  }

  /** Files and folders, in no order; none where a folder is absent. */
  static List<FileStatus> find(final FileSystem store, final Path pattern) throws IOException {
    final PathPattern search = new PathPattern(store);
    final Path root = store.makeQualified(new Path(Path.SEPARATOR));
    for (final String each : GlobExpander.expand(store.makeQualified(pattern).toUri().getPath())) {
      final List<String> names =
          Stream.of(each.split(Path.SEPARATOR)).filter(name -> !name.isEmpty()).toList();
      search.descend(root, names);
    }
    return search.found;
  }

  private void descend(final Path from, final List<String> names) throws IOException {
    if (names.isEmpty()) {
      add(from);
      return;
    }
    final List<String> rest = names.subList(1, names.size());
    final GlobFilter filter = new GlobFilter(names.get(0));
    if (!filter.hasPattern()) {
      descend(child(from, names.get(0).replaceAll("\\\\(.)", "$1")), rest);
      return;
    }
    for (final FileStatus entry : entries(from)) {
      if (entry.getPath().equals(from) || !filter.accept(entry.getPath())) {
        continue; // a file lists itself
      }
      if (rest.isEmpty()) {
        found.add(entry);
      } else if (entry.isDirectory()) {
        descend(entry.getPath(), rest);
      }
    }
  }

  private void add(final Path path) throws IOException {
    try {
      found.add(store.getFileStatus(path));
    } catch (final FileNotFoundException e) {
      // Nothing is there.
    }
  }

  private FileStatus[] entries(final Path folder) throws IOException {
    try {
      return store.listStatus(folder);
    } catch (final FileNotFoundException e) {
      return new FileStatus[0];
    }
  }

  private static Path child(final Path folder, final String name) {
    final String path = folder.toUri().getPath();
    return new Path(
        folder.toUri().getScheme(),
        folder.toUri().getAuthority(),
        (path.endsWith(Path.SEPARATOR) ? path : path + Path.SEPARATOR) + name);
  }
}
