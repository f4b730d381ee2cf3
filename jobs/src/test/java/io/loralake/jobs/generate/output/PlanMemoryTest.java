package io.loralake.jobs.generate.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.generate.plan.Batching;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the driver needs for a plan: tests/reports/scale.md reckons with it. */
class PlanMemoryTest {
  private static final int PICTURES = 20_000;
  private static final int BATCH = 16;

  /** Three adapters and three spares, as retrieval gives them. */
  private static final int CHOSEN = 3;

  private static final int MOST_BYTES_A_PICTURE = 2_500;

  private final Random random = new Random(1);

  @Test
  void aPictureTakesLittleOfTheHeap(@TempDir final Path out) throws IOException {
    final PlanFiles files =
        new PlanFiles(new FileStore(new Configuration()), out.toUri().toString());
    files.write(plan());
    final long before = used();
    final Plan read = files.read(0);
    final long bytes = used() - before;
    assertThat(read.pictures()).isEqualTo(PICTURES);
    System.out.printf(
        "a picture of a plan: %d bytes of heap, %d on disk%n",
        bytes / PICTURES, Files.size(out.resolve("_plans/00000.jsonl")) / PICTURES);
    assertThat(bytes / PICTURES).isBetween(500L, (long) MOST_BYTES_A_PICTURE);
  }

  private Plan plan() {
    final List<Plan.Picture> pictures = new ArrayList<>();
    for (int i = 0; i < PICTURES; i++) {
      pictures.add(
          new Plan.Picture(
              hash().substring(0, 16),
              hash(),
              "a mosaic of " + i + " smiling faces beside a house",
              "",
              i,
              1024,
              1024,
              28,
              3.5,
              1,
              chosen(),
              chosen()));
    }
    return new Plan(
        new Plan.Header(0, Map.of(), 0, 10_000, "catalog", 1, 1L, "encoder", hash(), List.of()),
        Batching.batches(pictures, BATCH));
  }

  private List<Plan.ChosenAdapter> chosen() {
    final List<Plan.ChosenAdapter> chosen = new ArrayList<>();
    for (int i = 0; i < CHOSEN; i++) {
      chosen.add(new Plan.ChosenAdapter(hash(), random.nextDouble(), 1));
    }
    return chosen;
  }

  private String hash() {
    final byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
