package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.source.FileStore;
import io.loralake.tests.VerbRun;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that is full now and then, or does not rename. */
class FailingStoreTest {
  private static final int MOST_RUNS = 40;

  @TempDir private Path root;

  @Test
  void whatIsReplacedIsThereUntilItIs() throws IOException {
    final Configuration configuration = new Configuration(false);
    mount(configuration);
    final FileStore store = new FileStore(configuration);
    final String file = "failing:" + root.resolve("file.txt");
    String last = null;
    for (int i = 0; i < 200; i++) {
      final String next = "text " + i;
      boolean failed = false;
      try {
        store.putText(next, file);
      } catch (final IOException e) {
        failed = true;
      }
      if (last == null && failed) {
        continue;
      }
      final String there = Files.readString(root.resolve("file.txt"));
      assertThat(there).isIn(next, failed ? last : next);
      last = there;
    }
    assertThat(last).isNotNull();
  }

  private static void mount(final Configuration configuration) {
    configuration.set("fs.failing.impl", FailingFileSystem.class.getName());
    configuration.set("fs.AbstractFileSystem.failing.impl", FailingFs.class.getName());
  }

  @Test
  void aRunFailsLoudlyAndTheNextGoesOn() throws IOException {
    final PictureLake lake = new PictureLake(root).index(4);
    final Path prompts = lake.prompts("prompts.jsonl", 10, 2);
    mount(SharedSpark.session().sparkContext().hadoopConfiguration());
    final String out = "failing:" + lake.out("failing");
    int runs = 0;
    VerbRun run;
    do {
      run = lake.generate(prompts, out, "--batch", "2", "--shard-size", "6");
      runs++;
      if (run.code() != 0) {
        assertThat(run.out()).containsAnyOf(FailingFileSystem.EXCUSES);
      }
    } while (run.code() != 0 && runs < MOST_RUNS);
    System.out.printf(
        "failing store: %d runs, %d failures%n", runs, FailingFileSystem.FAILURES.get());
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(runs).isGreaterThan(2);
    assertThat(lake.generate(prompts, "clean", "--batch", "2", "--shard-size", "6").code())
        .isZero();
    lake.assertSamePictures("failing", "clean");
    try (Stream<Path> files = Files.walk(lake.out("failing"))) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .noneMatch(name -> name.endsWith(".partial"));
    }
  }
}
