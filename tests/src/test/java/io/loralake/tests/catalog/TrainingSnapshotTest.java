package io.loralake.tests.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.TrainingSnapshot;
import io.loralake.model.FluxConfig;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingSnapshotTest {
  @TempDir private Path root;

  /** Its checkpoint is then refused, but stays whose it is. */
  @Test
  void aRunWithAnotherCatalogDoesNotForgetTheOneThatAKilledRunBeganWith() throws IOException {
    final Catalog first = catalog("first");
    final Catalog second = catalog("second");
    final Path work = Files.createDirectory(root.resolve("work"));
    TrainingSnapshot.of(first, work, "adapters");
    Files.createFile(work.resolve("checkpoint.safetensors"));

    assertThat(began(second, work)).isZero();
    grow(first);
    grow(second);

    assertThat(began(first, work)).isZero();
    assertThat(began(second, work)).isZero();
  }

  @Test
  void theEndOfARunLetsTheNextOneReadTheNewestCatalog() throws IOException {
    final Catalog catalog = catalog("catalog");
    final Path work = Files.createDirectory(root.resolve("work"));
    final TrainingSnapshot snapshot = TrainingSnapshot.of(catalog, work, "adapters");
    Files.createFile(work.resolve("checkpoint.safetensors"));
    grow(catalog);

    assertThat(began(catalog, work)).isZero();
    snapshot.end();
    assertThat(began(catalog, work)).isEqualTo(1);
  }

  @Test
  void aRunWhoseFolderWasRemovedEndsAllTheSame() throws IOException {
    final Path work = Files.createDirectory(root.resolve("work"));
    final TrainingSnapshot snapshot = TrainingSnapshot.of(catalog("catalog"), work, "adapters");
    Files.delete(work.resolve("catalog.json"));
    Files.delete(work);

    snapshot.end();

    assertThat(work).doesNotExist();
  }

  private Catalog catalog(final String name) {
    final Catalog catalog = new Catalog(SharedSpark.session(), root.resolve(name).toString());
    catalog.create(new Catalog.Identity(FluxConfig.load("lab"), "probes"));
    return catalog;
  }

  private static void grow(final Catalog catalog) {
    SharedSpark.session()
        .sql(
            "ALTER TABLE delta.`%s/adapters` SET TBLPROPERTIES ('more' = '1')"
                .formatted(catalog.path()));
  }

  private static long began(final Catalog newest, final Path work) throws IOException {
    final Map<String, Long> versions =
        TrainingSnapshot.of(newest, work, "adapters").catalog().versions();
    return versions.get("adapters");
  }
}
