package io.loralake.tests.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.adapter.Adapter;
import io.loralake.adapter.AdapterFile;
import io.loralake.jobs.Main;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.tests.Python;
import io.loralake.tests.parity.Products;
import io.loralake.tests.parity.Report;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code inspect --out}: the canonical form is the same update, for us and for diffusers. */
class CanonicalExportTest {
  private static final Path ROOT = Path.of(System.getProperty("loralake.root")).toAbsolutePath();
  private static final Path FIXTURES = ROOT.resolve("tests/fixtures");
  private static final Path MODEL = FIXTURES.resolve("flux/config.json");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kohya_alpha_per_layer",
        "peft_split_qkv",
        "xlabs",
        "onetrainer_full",
        "peft_embed_final",
        "kohya_mixed_rank",
        "diffsynth_default"
      })
  void exportHoldsTheSameUpdate(final String name) throws IOException {
    final LayerTable table = LayerTable.of(FluxConfig.load(MODEL.toString()));
    final Path original = file(name);
    final Adapter before = AdapterFile.load(original, table).transformer();
    final Adapter after = AdapterFile.load(export(original), table).transformer();
    assertThat(after.layers().keySet()).isEqualTo(before.layers().keySet());
    before
        .layers()
        .forEach(
            (layer, update) ->
                assertThat(
                        Report.maxDifference(
                            Products.delta(after.layers().get(layer)), Products.delta(update)))
                    .as(layer)
                    .isLessThan(1e-5));
  }

  @Test
  void diffusersAndPeftLoadTheExport() throws IOException, InterruptedException {
    Python.require("diffusers, peft");
    final String difference =
        Python.run(
            ROOT.resolve("tests/src/test/python/load_export.py"),
            FIXTURES,
            export(file("kohya_alpha_per_layer")));
    assertThat(Double.parseDouble(difference.strip())).isLessThan(1e-4);
  }

  private static Path file(final String name) {
    return FIXTURES.resolve("lora/files/" + name + ".safetensors");
  }

  private Path export(final Path original) {
    final Path out = folder.resolve("canonical.safetensors");
    final int exit =
        Main.run(
            "inspect", original.toString(), "--model", MODEL.toString(), "--out", out.toString());
    assertThat(exit).isZero();
    return out;
  }
}
