package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.generate.output.OutcomeRows;
import io.loralake.source.FileStore;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutcomeRowsTest {
  private static final String STATS =
      "{\"count\":1,\"successes\":1,\"failed\":0,\"duration\":0.1,\"start_time\":0.1,\"end_time\":0.2,\"bytes\":1}";

  @TempDir private Path out;

  @Test
  void ofManyShardsTheLargerNumberCounts() throws IOException {
    addShard("99999", "failed");
    addShard("100000", "success");
    final OutcomeRows rows =
        new OutcomeRows(
            SharedSpark.session(), new FileStore(new Configuration()), out.toUri().toString());
    assertThat(rows.failed()).isEmpty();
  }

  private void addShard(final String name, final String status) throws IOException {
    SharedSpark.writeParquet(
        "SELECT 'a' AS key, '%s' AS status".formatted(status), out.resolve(name + ".parquet"));
    Files.createFile(out.resolve(name + ".tar"));
    Files.writeString(out.resolve(name + "_stats.json"), STATS);
  }
}
