package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.safetensors.ByteSource;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.SourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the files of this machine. */
class FileStoreTest {
  private final FileStore store = new FileStore(new Configuration(false));

  @TempDir private Path root;
  private String uri;

  @BeforeEach
  void qualify() throws IOException {
    uri = store.qualify(root.toString());
  }

  private Listed write(final String name, final String text) throws IOException {
    final Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return new Listed(
        uri + "/" + name, "mtime:" + Files.getLastModifiedTime(file).toMillis(), text.length());
  }

  private static List<FileStore.Entry> all(final Iterator<FileStore.Entry> entries) {
    final List<FileStore.Entry> all = new ArrayList<>();
    entries.forEachRemaining(all::add);
    return all;
  }

  @Test
  void onlyARootEndsWithASlash() throws IOException {
    assertThat(store.qualify(root + "/")).isEqualTo("file:" + root);
    assertThat(store.qualify("file:/")).isEqualTo("file:/");
    assertThat(FileStore.prefix("file:/")).isEqualTo("file:/");
    assertThat(FileStore.prefix("file:/a")).isEqualTo("file:/a/");
  }

  @Test
  void aWalkFindsWhatLiesDeeperAndChildrenDoNot() throws IOException {
    final Listed top = write("a.txt", "four");
    final Listed deep = write("sub/deeper/b.txt", "sixsix");
    assertThat(all(store.walk(uri)))
        .containsExactlyInAnyOrder(
            new FileStore.Entry(false, top), new FileStore.Entry(false, deep));
    assertThat(all(store.children(uri)))
        .hasSize(2)
        .contains(new FileStore.Entry(false, top))
        .anySatisfy(
            entry -> {
              assertThat(entry.isFolder()).isTrue();
              assertThat(entry.file().uri()).isEqualTo(uri + "/sub");
            });
  }

  @Test
  void aPatternMeansFilesInOrderAndItsFolderItself() throws IOException {
    final Listed b = write("[x]{1}/b.json", "b");
    final Listed a = write("[x]{1}/a.json", "a");
    write("[x]{1}/c.txt", "c");
    write("x1/d.json", "d");
    Files.createDirectory(root.resolve("[x]{1}/folder.json"));
    assertThat(store.glob(uri + "/[x]{1}", "*.json")).containsExactly(a, b);
    assertThat(store.glob(uri + "/none", "*.json")).isEmpty();
  }

  @Test
  void textIsCutWhereItIsTooLong() throws IOException {
    final Listed file = write("a.txt", "abcdef");
    assertThat(store.text(file.uri(), 4)).isEqualTo("abcd");
    assertThat(store.text(file.uri(), 10)).isEqualTo("abcdef");
  }

  @Test
  void whatIsPutReplacesAndLeavesNothingElse() throws IOException {
    final Listed old = write("out/a.txt", "old and longer");
    store.putText("new", old.uri());
    assertThat(store.text(old.uri(), 100)).isEqualTo("new");
    assertThat(store.size(old.uri())).isEqualTo(3);
    try (Stream<Path> files = Files.list(root.resolve("out"))) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aFileOfAnotherSizeThanListedIsLeftForLater() throws IOException {
    final Listed file = write("a.safetensors", "0123456789");
    try (SourceFile open = store.open(file);
        ByteSource whole = open.whole(root)) {
      assertThat(open.read(7, 2).get(1)).isEqualTo((byte) '8');
      assertThat(whole.size()).isEqualTo(10);
    }
    assertThat(root.resolve("a.safetensors")).hasContent("0123456789");
    Files.writeString(root.resolve("a.safetensors"), "01234");
    assertThatThrownBy(() -> store.open(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file.uri() + ": it has 5 bytes, the listing said 10");
    assertThatThrownBy(() -> store.localCopy(file, root))
        .hasMessage(file.uri() + ": it has 5 bytes, the listing said 10");
  }
}
