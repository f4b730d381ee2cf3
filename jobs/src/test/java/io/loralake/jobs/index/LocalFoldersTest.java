package io.loralake.jobs.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.source.FileStore;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources in folders of this machine. */
class LocalFoldersTest {
  @TempDir private Path root;
  @TempDir private Path elsewhere;

  private final FileStore store = new FileStore(new Configuration());

  private static List<String> names(final Path folder, final Iterator<FileStore.Entry> entries) {
    final List<String> names = new ArrayList<>();
    entries.forEachRemaining(
        entry ->
            names.add(
                folder.relativize(FileStore.localPath(entry.file().uri()))
                    + (entry.isFolder() ? "/" : "")));
    return names;
  }

  private List<String> walk() throws IOException {
    return names(root, store.walk(root.toString()));
  }

  private List<String> children() throws IOException {
    return names(root, store.children(root.toString()));
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void linksToFoldersAboveAreNotFollowed() throws IOException {
    final Path deep = Files.createDirectories(root.resolve("deep/er"));
    Files.createFile(deep.resolve("file"));
    Files.createSymbolicLink(root.resolve("one"), root);
    Files.createSymbolicLink(root.resolve("two"), root);
    Files.createSymbolicLink(deep.resolve("three"), root);
    Files.createSymbolicLink(deep.resolve("four"), deep);

    assertThat(walk()).containsExactly("deep/er/file");
    assertThat(children()).containsExactly("deep/");
    assertThat(names(root, store.walk(root.resolve("deep").toString())))
        .as("above where the walk began")
        .containsExactly("deep/er/file");
  }

  @Test
  void linksElsewhereAreFollowed() throws IOException {
    Files.createFile(elsewhere.resolve("file"));
    Files.createSymbolicLink(elsewhere.resolve("back"), root);
    Files.createSymbolicLink(root.resolve("folder"), elsewhere);
    Files.createSymbolicLink(root.resolve("link"), elsewhere.resolve("file"));
    Files.createSymbolicLink(root.resolve("broken"), elsewhere.resolve("nothing"));

    assertThat(walk()).containsExactlyInAnyOrder("folder/file", "link");
    assertThat(children()).containsExactlyInAnyOrder("folder/", "link");
  }

  @Test
  void pipesAreNoFiles() throws IOException, InterruptedException {
    Files.createFile(root.resolve("file"));
    final Process mkfifo =
        new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).inheritIO().start();
    assertThat(mkfifo.waitFor()).isZero();

    assertThat(walk()).containsExactly("file");
    assertThat(children()).containsExactly("file");
  }

  @Test
  void namesThatCannotBeSpeltAreToldWhenAllOthersAreListed()
      throws IOException, InterruptedException {
    Files.createFile(root.resolve("file"));
    Files.createFile(Files.createDirectory(root.resolve("folder")).resolve("inside"));
    final Process latin1 =
        new ProcessBuilder("bash", "-c", "touch \"$0\"/caf$'\\xe9'.safetensors", root.toString())
            .inheritIO()
            .start();
    assertThat(latin1.waitFor()).isZero();

    final List<Iterator<FileStore.Entry>> listings =
        List.of(store.walk(root.toString()), store.children(root.toString()));
    for (final Iterator<FileStore.Entry> listing : listings) {
      listing.next();
      listing.next();
      assertThatThrownBy(listing::hasNext)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContainingAll(root + ": the locale", "'caf\ufffd.safetensors'", "rename");
    }
  }

  /** As of another user's, which root would read. */
  public static final class Shut extends LocalFileSystem {
    @Override
    public FileStatus[] listStatus(final org.apache.hadoop.fs.Path folder) throws IOException {
      if (folder.getName().startsWith("shut")) {
        throw new AccessDeniedException(folder.toUri().getPath());
      }
      return super.listStatus(folder);
    }

    @Override
    public File pathToFile(final org.apache.hadoop.fs.Path path) {
      return new File(super.pathToFile(path).getPath()) {
        @Override
        public boolean canExecute() {
          return !getName().startsWith("names");
        }
      };
    }
  }

  private static Iterator<FileStore.Entry> shutWalk(final Path root) throws IOException {
    final Configuration configuration = new Configuration();
    configuration.setClass("fs.file.impl", Shut.class, FileSystem.class);
    configuration.setBoolean("fs.file.impl.disable.cache", true);
    return new FileStore(configuration).walk(root.toUri().toString());
  }

  @Test
  void aFolderThatIsShutIsToldWhenAllOthersAreListed() throws IOException {
    for (final String folder : List.of("a/shut", "a/open", "shut", "z/shut/inside", "z/last")) {
      Files.createFile(Files.createDirectories(root.resolve(folder)).resolve("file"));
    }
    final Iterator<FileStore.Entry> listing = shutWalk(root);

    assertThat(names(root, List.of(listing.next(), listing.next()).iterator()))
        .containsExactlyInAnyOrder("a/open/file", "z/last/file");
    assertThatThrownBy(listing::hasNext)
        .isInstanceOf(UncheckedIOException.class)
        .hasCauseInstanceOf(AccessDeniedException.class)
        .hasMessageContaining(root.resolve("shut").toString());
  }

  /** After chmod -R 644 Hadoop lists such a folder as empty, and its files would be gone. */
  @Test
  void aFolderOfWhichNamesAloneMayBeReadIsTold() throws IOException {
    Files.createDirectories(root.resolve("names-empty"));
    assertThat(shutWalk(root)).isExhausted();
    Files.createFile(Files.createDirectories(root.resolve("names")).resolve("file"));
    final Iterator<FileStore.Entry> listing = shutWalk(root);
    assertThatThrownBy(() -> listing.forEachRemaining(file -> {}))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContainingAll(root.resolve("names") + ": ", "chmod +x");
  }

  @Test
  void aRootEndsInTheOneSlashOfItsPrefix() throws IOException {
    assertThat(store.qualify("/")).isEqualTo("file:/");
    assertThat(store.qualify("/a/b/")).isEqualTo("file:/a/b");
    assertThat(FileStore.prefix("file:/")).isEqualTo("file:/");
    assertThat(FileStore.prefix("file:/a/b")).isEqualTo("file:/a/b/");
  }
}
