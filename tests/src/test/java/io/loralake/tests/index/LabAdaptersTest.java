package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import io.loralake.tests.lab.LabZoo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileUtil;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Really trained adapters, real probes, and a catalog that keeps to its model and probe set. */
class LabAdaptersTest {
  /** Numbers kept of what the lab's 26 layers put out. */
  private static final int RESPONSE = 12928;

  @TempDir private static Path zoo;
  @TempDir private Path catalog;

  @BeforeAll
  static void copyAdapters() throws IOException {
    LabZoo.copy(21, zoo);
  }

  private IndexResult index(
      final Optional<String> model, final Optional<String> probes, final boolean reread) {
    return Lake.run(
        new IndexOptions(
            List.of(zoo.toString()),
            catalog.toString(),
            model,
            probes,
            reread,
            16_000_000_000L,
            1));
  }

  @Test
  void aCatalogKeepsToItsModelAndProbeSet() {
    final CatalogTables tables = new CatalogTables(catalog.toString());
    final Optional<String> lab = Optional.of("lab");

    final IndexResult first = index(lab, Optional.empty(), false);
    assertThat(first.indexed()).isEqualTo(21);
    assertThat(first.duplicates()).isZero();
    assertThat(
            tables.<Long>value(
                "adapters",
                "SELECT count(*) FROM t WHERE size(ranks) = 1"
                    + " AND layers_used = 26 AND base_detected = 'lab' AND strength > 0"
                    + " AND length(sketch) = 16 * 2 * "
                    + RESPONSE))
        .isEqualTo(21);
    assertThat(
            tables.query(
                "adapters",
                "SELECT concat(count(*), ' ', naming, ' ', ranks[0]) FROM t"
                    + " GROUP BY naming, ranks[0]"))
        .extracting(row -> row.getString(0))
        .containsExactlyInAnyOrder(
            "3 kohya 2",
            "1 kohya-diffusers 2",
            "1 kohya-diffusers 4",
            "2 lycoris 2",
            "1 lycoris 3",
            "5 diffusers 2",
            "4 comfyui 2",
            "1 diffsynth 2",
            "1 peft 2",
            "1 bfl 2",
            "1 fal 4");
    final String gaussian = tables.value("adapters", "SELECT DISTINCT probe_set FROM t");

    assertThatThrownBy(() -> index(Optional.of("flux-dev"), Optional.empty(), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--model")
        .hasMessageContaining("\"name\":\"lab\"")
        .hasMessageContaining("use another --catalog");
    assertThatThrownBy(() -> index(lab, Optional.of(LabZoo.PROBES), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--probes")
        .hasMessageContaining(gaussian)
        .hasMessageContaining("--reread")
        .hasMessageContaining("21 adapters");
    assertThat(index(lab, Optional.empty(), false).unchanged()).isEqualTo(21);

    assertThat(index(lab, Optional.of(LabZoo.PROBES), true).indexed()).isEqualTo(21);
    assertThat(tables.<Integer>value("adapters", "SELECT DISTINCT length(sketch) FROM t"))
        .isEqualTo(2 * RESPONSE);
    assertThat(tables.<String>value("adapters", "SELECT DISTINCT probe_set FROM t"))
        .isNotEqualTo(gaussian);
    assertThat(catalog.resolve("probes").toFile().list())
        .as("whoever reads them sees them complete, and beside no older checksum")
        .hasSize(1);

    final IndexResult last = index(Optional.empty(), Optional.empty(), false);
    assertThat(last.unchanged()).as("model and probes come from the catalog").isEqualTo(21);
  }

  @Test
  void aCatalogsPathMayBeRelative() {
    final Path here = Path.of("").toAbsolutePath();
    final String hidden = here.relativize(catalog.resolve(".hidden/catalog")).toString();
    assertThat(
            Lake.run(
                    new IndexOptions(
                        List.of(zoo.toString()),
                        hidden,
                        Optional.of("lab"),
                        Optional.empty(),
                        false,
                        16_000_000_000L,
                        1))
                .indexed())
        .isEqualTo(21);
  }

  @Test
  void filesThatAreMissingAreNamed() {
    assertThatThrownBy(() -> index(Optional.of("lab"), Optional.of("/no/such/file"), false))
        .hasStackTraceContaining("/no/such/file");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/no/such/folder | /no/such/folder does not exist",
        "ftp://no.host/x | --source is ftp://no.host/x, allowed are folders, files, hf://",
        "HTTP://no.host/x | --source is HTTP://no.host/x, allowed are folders, files, hf://",
        "no://host/x | 'no://host/x' is no path: No FileSystem for scheme",
      })
  void sourcesThatCannotBeListedAreNamed(final String source, final String message) {
    assertThatThrownBy(
            () ->
                Lake.run(
                    new IndexOptions(
                        List.of(source),
                        catalog.toString(),
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        1,
                        1)))
        .isInstanceOfAny(IllegalArgumentException.class, UncheckedIOException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aProbeSetWhoseFileIsGoneIsToldAndComesBackWhenItIsNamed() throws IOException {
    final Optional<String> probes = Optional.of(LabZoo.PROBES);
    index(Optional.of("lab"), probes, false);
    final Path kept = catalog.resolve("probes");
    assertThat(FileUtil.fullyDelete(kept.toFile())).isTrue();

    assertThatThrownBy(() -> index(Optional.empty(), Optional.empty(), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not there any more: bring it back, or name the same set");
    assertThat(index(Optional.empty(), probes, false).unchanged()).isEqualTo(21);

    assertThat(kept).isNotEmptyDirectory();
    assertThat(index(Optional.empty(), Optional.empty(), false).unchanged()).isEqualTo(21);
  }

  @Test
  void aCatalogThatHasLostItsAdaptersIsNotMadeAnewWithOtherProbes() throws IOException {
    final Optional<String> lab = Optional.of("lab");
    final Optional<String> probes = Optional.of(LabZoo.PROBES);
    index(lab, probes, false);
    assertThat(FileUtil.fullyDelete(catalog.resolve("adapters").toFile())).isTrue();

    assertThatThrownBy(() -> index(Optional.empty(), Optional.empty(), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("its table adapters is not there any more: bring that back");

    assertThat(catalog.resolve("adapters")).doesNotExist();
    assertThat(index(lab, probes, false).indexed()).isEqualTo(21);
  }
}
