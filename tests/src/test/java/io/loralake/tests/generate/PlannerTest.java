package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.FusionConfig;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.generate.GenerateOptions;
import io.loralake.jobs.generate.plan.Planner;
import io.loralake.jobs.generate.plan.PromptRow;
import io.loralake.jobs.generate.plan.PromptTable;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.output.PictureFormat;
import io.loralake.tensor.Precision;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans of one run, made hours after each other. */
class PlannerTest {
  private final SparkSession spark = SharedSpark.session();

  @Test
  void aVersionThatIsVacuumedBetweenTwoPlansIsTold(@TempDir final Path root) throws IOException {
    final PictureLake lake = new PictureLake(root).index(9).align();
    final Path prompts = Files.writeString(root.resolve("prompts.txt"), "an apple\na truck\n");
    final List<PromptRow> rows = List.copyOf(PromptTable.read(spark, prompts.toString()).good());
    final Catalog catalog = new Catalog(spark, lake.catalog().toString());
    for (final String table : List.of("adapters", "embeddings")) {
      final Planner planner = planner(lake, prompts);
      final long pinned = catalog.version(table);
      catalog.table(table).updateExpr(Map.of("adapter_id", "adapter_id")); // other files
      assertThat(planner.plan(rows, 0, 0, new HashMap<>()).pictures()).isEqualTo(2);
      catalog.table(table).vacuum(0);
      assertThatThrownBy(() -> planner.plan(rows, 1, 1, new HashMap<>()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("version %d of the %s of ".formatted(pinned, table))
          .hasMessageEndingWith("the same command goes on with the newest");
    }
    assertThat(planner(lake, prompts).plan(rows, 1, 1, new HashMap<>()).pictures()).isEqualTo(2);
  }

  private Planner planner(final PictureLake lake, final Path prompts) throws IOException {
    final ModelFolder folder = ModelFolder.open(PictureLake.BASE);
    final GenerateOptions options =
        new GenerateOptions(
            prompts.toString(),
            lake.catalog().toString(),
            PictureLake.BASE.toString(),
            null,
            SentenceEncoders.MINILM,
            2,
            Map.of(),
            1,
            FusionConfig.SUM,
            null,
            lake.out("planned").toString(),
            "cpu",
            Precision.F32,
            false,
            1,
            10,
            10,
            false,
            PictureFormat.PNG,
            false,
            false,
            false,
            lake.out("downloads").toString());
    return new Planner(spark, options, folder, folder.fingerprint(), null); // batches are given
  }
}
