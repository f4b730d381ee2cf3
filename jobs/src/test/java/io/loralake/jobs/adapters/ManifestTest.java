package io.loralake.jobs.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.source.FileStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
  @TempDir private Path root;

  private static Outcome outcome(final String name, final String status) {
    return new Outcome(name, status, "h", name, "s", 1L, 1, List.of(), 1.0, 1.0, null, null);
  }

  @Test
  void whatAnotherRunTrainedMeanwhileStays() throws IOException {
    final Manifest manifest =
        new Manifest(new FileStore(new Configuration()), root.toUri().toString());
    manifest.join(List.of(outcome("old", Outcome.TRAINED), outcome("bad", Outcome.FAILED)));
    manifest.writePart("other", List.of(outcome("theirs", Outcome.TRAINED)));
    manifest.join(List.of(outcome("ours", Outcome.TRAINED)));
    assertThat(manifest.read()).containsOnlyKeys("old", "theirs", "ours");
  }

  /** A specification may lie where adapters are to go, under a name that manifests have. */
  @ParameterizedTest
  @ValueSource(strings = {"manifest.jsonl", "manifest-birds.jsonl"})
  void whatSomebodyElseWroteUnderItsNameIsToldAndStays(final String name) throws IOException {
    final String row = "{\"name\": \"bird\", \"pictures\": \"birds/*.png\"}";
    Files.writeString(root.resolve(name), row);
    final Manifest manifest =
        new Manifest(new FileStore(new Configuration()), root.toUri().toString());
    assertThatThrownBy(manifest::read)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name + " is none of train-adapters' manifests");
    assertThat(root.resolve(name)).hasContent(row);
  }

  @Test
  void partsThatAnotherRunJoinsMeanwhileAreReadFromItsFile()
      throws IOException, ExecutionException, InterruptedException {
    final Manifest manifest =
        new Manifest(new FileStore(new Configuration()), root.toUri().toString());
    final ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      final Future<?> joins =
          other.submit(
              () -> {
                for (int run = 0; run < 20; run++) {
                  for (int part = 0; part < 20; part++) {
                    final String name = run + "-" + part;
                    manifest.writePart(name, List.of(outcome(name, Outcome.TRAINED)));
                  }
                  manifest.join(List.of());
                }
                return null;
              });
      int known = 0;
      while (!joins.isDone()) {
        assertThat(manifest.read()).hasSizeGreaterThanOrEqualTo(known);
        known = manifest.read().size();
      }
      joins.get();
    } finally {
      other.shutdownNow();
    }
    assertThat(manifest.read()).hasSize(400);
  }
}
