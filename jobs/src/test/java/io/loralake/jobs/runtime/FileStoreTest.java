package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileStoreTest {
  private final FileStore store = new FileStore(new Configuration());

  @TempDir private Path folder;

  @Test
  void writesWhatIsNoCharacterAsAQuestionMark() throws IOException {
    final Path file = folder.resolve("text");
    store.putText("half \ud83d of it", file.toUri().toString());
    assertThat(file).hasContent("half ? of it");
  }

  /** A temporary file is its owner's alone, and what is put is meant for others as well. */
  @Test
  void whoMayReadAFolderMayReadWhatIsPutThere() throws IOException {
    final Path usual = Files.createFile(folder.resolve("usual"));
    store.putText("text", folder.resolve("text").toUri().toString());
    assertThat(Files.getPosixFilePermissions(folder.resolve("text")))
        .isEqualTo(Files.getPosixFilePermissions(usual));
  }

  /** Not the checksum file that Hadoop writes beside it. */
  @Test
  void nothingElseIsLeftBesideWhatIsPut() throws IOException {
    final Path file = folder.resolve("outcome.json");
    store.putText("{}\n", file.toUri().toString());
    assertThat(file).hasContent("{}\n");
    assertThat(folder.toFile().list()).containsExactly("outcome.json");
  }

  @Test
  void whatCannotBeWrittenIsNamed() {
    final Path full = Path.of("/dev/full"); // of Linux; elsewhere it would be made
    assumeTrue(Files.exists(full) && !Files.isRegularFile(full));
    assertThatThrownBy(() -> store.putText("{}\n", "file:/dev/full"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("/dev/full: No space left on device");
  }

  /** Nor need a path say its scheme. */
  @Test
  void aPathBeyondAsciiIsWrittenTo() throws IOException {
    final Path file = Files.createDirectory(folder.resolve("jürgen 🚀")).resolve("hits.jsonl");
    store.putText("text", file.toString());
    assertThat(file).hasContent("text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x[1]", "x{a,b}", "x*?", "x\\y", "x}", "x:y", "x"})
  void theNameOfAFolderIsNoPattern(final String name) throws IOException {
    final Path file = Files.createDirectory(folder.resolve(name)).resolve("1.tar");
    Files.createFile(file);
    final String uri = store.qualify(file.getParent().toString());
    assertThat(store.glob(uri, "*.tar")).extracting(Listed::uri).containsExactly(uri + "/1.tar");
  }

  /** Hadoop's own search fails on a colon in any name that it meets. */
  @ParameterizedTest
  @ValueSource(strings = {"*/*.png", "{12:30/a,y/b}.png", "?*/[a-b].png", "*/{a,b}.png"})
  void aPatternMeansWhatItSaysAmongNamesWithColons(final String pattern) throws IOException {
    final String uri = store.qualify(folder.toString());
    Files.createFile(Files.createDirectory(folder.resolve("12:30")).resolve("a.png"));
    Files.createFile(Files.createDirectory(folder.resolve("y")).resolve("b.png"));
    Files.createFile(folder.resolve("y/b:c.txt"));
    Files.createFile(folder.resolve("y.png"));
    assertThat(store.glob(uri + "/" + pattern))
        .extracting(Listed::uri)
        .containsExactly(uri + "/12:30/a.png", uri + "/y/b.png");
    assertThat(store.glob(uri + "/absent/*.png")).isEmpty();
    assertThat(store.glob(uri + "/y.png/*")).isEmpty();
    assertThat(store.glob(uri + "/y.png")).hasSize(1);
    assertThat(store.glob(uri + "/absent")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:b.json", "plain.json"})
  void aFileOfThisMachineIsReadAsItIs(final String name) throws IOException {
    final Path file = Files.writeString(folder.resolve(name), "{}");
    Files.write(folder.resolve("." + name + ".crc"), new byte[] {'c', 'r', 'c', 0, 0, 0, 2, 0, 1});
    assertThat(store.text(file.toUri().toString(), 10)).isEqualTo("{}");
  }
}
