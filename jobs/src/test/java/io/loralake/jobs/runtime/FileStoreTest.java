package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.source.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest {
  private final FileStore store = new FileStore(new Configuration());

  @TempDir private Path folder;

  @Test
  void writesWhatIsNoCharacterAsAQuestionMark() throws IOException {
    final Path file = folder.resolve("text");
    store.putText("half \ud83d of it", file.toUri().toString());
    assertThat(file).hasContent("half ? of it");
  }
}
