package io.loralake.jobs.generate.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.generate.Lines;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardsTest {
  private static final FileStore STORE = new FileStore(new Configuration());

  @Test
  void shardsOnAnotherMachinesDiskAreToldWithWhatToDo(@TempDir final Path out) {
    assertThatThrownBy(() -> Shards.requireAll(STORE, out.toString(), plan(0)))
        .isInstanceOf(IllegalArgumentException.class) // told without a stack
        .hasMessageContainingAll("1 picture of plan 0", "sees 0", "in " + out, "all machines see");
  }

  @Test
  void aBatchThatSomebodyRemovesIsToldWithWhatToDo(@TempDir final Path out) {
    assertThatThrownBy(() -> Part.read(STORE, out.toString(), 3, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("batch 5 of plan 3", "not in " + out, "the same command paints");
  }

  @Test
  void aNewPlanTakesNothingUpFromOneThatWasRemoved(@TempDir final Path out) throws IOException {
    final Part part = new Part(Map.of(), new Part.Facts(List.of(), null, List.of()));
    part.write(STORE, out.toString(), 0, 0);
    part.write(STORE, out.toString(), 1, 0);
    new PlanFiles(STORE, out.toString()).write(plan(0));

    assertThat(Part.finished(STORE, out.toString(), 0)).isEmpty();
    assertThat(Part.finished(STORE, out.toString(), 1)).containsExactly(0);
  }

  @Test
  void aShardThatNoPlanHasIsNotTakenForOneOfANewPlan(@TempDir final Path out) throws IOException {
    final String stats = Lines.of(new Shards.Stats(1, 1, 0, 0, 0, 0, Map.of(), 0, null, null));
    STORE.putText(stats, out + "/00002_stats.json");
    STORE.putText("", out + "/00002.parquet");
    STORE.putText("", out + "/00002.tar");
    final PlanFiles plans = new PlanFiles(STORE, out.toString());

    assertThatThrownBy(() -> plans.write(plan(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(out + " has a shard 00002", "choose another --out");
    plans.write(plan(3));
    assertThat(plans.headers()).hasSize(1);
  }

  /** Of one picture. */
  private static Plan plan(final int firstShard) {
    final Plan.Picture picture =
        new Plan.Picture("key", "hash", "a cat", "", 0, 8, 8, 1, 0, 1, List.of(), List.of());
    return new Plan(
        new Plan.Header(0, Map.of(), firstShard, 10, "catalog", 1, null, null, "base", List.of()),
        List.of(new Plan.Batch(0, List.of(picture))));
  }
}
