package io.loralake.jobs.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.source.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
