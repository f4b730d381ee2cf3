package io.loralake.jobs.generate;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.source.FileStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardsTest {
  @Test
  void shardsOnAnotherMachinesDiskAreToldWithWhatToDo(@TempDir final Path out) {
    final Plan.Picture picture =
        new Plan.Picture("key", "hash", "a cat", "", 0, 8, 8, 1, 0, 1, List.of(), List.of());
    final Plan plan =
        new Plan(
            new Plan.Header(0, Map.of(), 0, 10, "catalog", 1, null, null, "base", List.of()),
            List.of(new Plan.Batch(0, List.of(picture))));

    assertThatThrownBy(
            () -> Shards.requireAll(new FileStore(new Configuration()), out.toString(), plan))
        .isInstanceOf(IllegalArgumentException.class) // told without a stack
        .hasMessageContainingAll("1 pictures", "sees 0", "in " + out, "all machines see");
  }
}
