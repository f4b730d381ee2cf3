package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.index.IndexResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that change between listing and reading: no verdict, no change, another try. */
class FailedReadsTest {
  private static final Path SUBSET = Repository.GOOD.resolve("kohya_subset.safetensors");
  private static final Path OTHER = Repository.GOOD.resolve("xlabs.safetensors");

  @TempDir private Path root;

  private Lake lake;

  @BeforeEach
  void indexOnce() {
    lake = new Lake(root);
    lake.add("a.safetensors", SUBSET);
    lake.add("bad.safetensors", Repository.BAD.resolve("nan_fp32.safetensors"));
    assertThat(lake.index().complete()).isTrue();
  }

  @Test
  void aFileThatIsBeingWrittenIsLeftForTheNextRun() {
    final List<String> before = lake.tables().contents();
    lake.add("a.safetensors", OTHER);
    lake.add("bad.safetensors", OTHER);

    final IndexResult result;
    try (AtStage stage =
        new AtStage(
            "COMPARE",
            () -> {
              lake.write("a.safetensors", "half");
              lake.write("bad.safetensors", "half");
            })) {
      result = lake.index();
    }

    assertThat(result.failed()).isEqualTo(2);
    assertThat(result.complete()).isFalse();
    assertThat(result.failures())
        .extracting(IndexResult.Failure::uri)
        .containsExactly(lake.uri("a.safetensors"), lake.uri("bad.safetensors"));
    assertThat(lake.tables().contents()).isEqualTo(before);
    assertThat(
            lake.tables()
                .<Long>value("runs", "SELECT count(*) FROM t WHERE failed = size(failures)"))
        .isEqualTo(2);

    lake.add("a.safetensors", OTHER);
    lake.add("bad.safetensors", SUBSET);
    assertThat(lake.index().indexed()).isEqualTo(2);
    assertThat(lake.tables().read("quarantine").count()).isZero();
  }

  @Test
  void aFileThatVanishedFailsAndIsGoneInTheNextRun() {
    lake.add("new.safetensors", OTHER);
    try (AtStage stage = new AtStage("COMPARE", () -> lake.remove("new.safetensors"))) {
      assertThat(lake.index().failed()).isEqualTo(1);
    }
    assertThat(lake.tables().read("adapters").count()).isEqualTo(1);
    final IndexResult next = lake.index();
    assertThat(next.listed()).isEqualTo(2);
    assertThat(next.complete()).isTrue();
  }

  @Test
  void aCatalogThatTakesNoRowsIsToldBeforeAnythingIsRead() throws IOException {
    lake.add("new.safetensors", OTHER);
    final Path table = lake.catalog().resolve("runs");
    final Path kept = Files.move(table, root.resolve("runs"));
    Files.writeString(table, "no folder");
    assertThatThrownBy(lake::index)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("index writes to the catalog what it has read, and file:")
        .hasMessageContaining("cannot be written");
    assertThat(lake.tables().read("adapters").count()).isEqualTo(1);

    Files.delete(table);
    Files.move(kept, table);
    assertThat(lake.index().indexed()).isEqualTo(1);
    assertThat(table.toFile().list()).noneMatch(name -> name.contains("trial"));
  }
}
