package io.loralake.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.loralake.adapter.AdapterFile;
import io.loralake.adapter.AdapterWriter;
import io.loralake.adapter.FileStyle;
import io.loralake.adapter.LowRank;
import io.loralake.diffusion.Noise;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BadAdaptersTest {
  private static final FluxConfig LAB = FluxConfig.load("lab");
  private static final int D = LAB.hiddenSize();
  private static final LayerTable TABLE = LayerTable.of(LAB);

  @Test
  void everyFileIsRefusedForItsOwnFault(@TempDir final Path folder) throws IOException {
    final Path good = folder.resolve("good.safetensors");
    new AdapterWriter(FileStyle.of("kohya"), DType.F16, TABLE)
        .write(
            good,
            Map.of(
                "double_blocks.0.img_attn.proj",
                new LowRank(2, D, D, Noise.gaussian(1, 2 * D), Noise.gaussian(2, 2 * D))),
            Map.of());
    assertThat(AdapterFile.load(good, TABLE).transformer().layers()).hasSize(1);

    final Path out = folder.resolve("bad");
    new BadAdapters(good, out).write();

    final Map<String, Reason> reasons = new TreeMap<>();
    try (Stream<Path> files = Files.list(out)) {
      for (final Path file : files.toList()) {
        final RejectedException refusal =
            catchThrowableOfType(RejectedException.class, () -> AdapterFile.load(file, TABLE));
        assertThat(refusal).as(file.toString()).isNotNull();
        reasons.put(file.getFileName().toString().replace(".safetensors", ""), refusal.reason());
      }
    }
    assertThat(reasons)
        .hasSize(10)
        .containsEntry("exploded", Reason.NON_FINITE)
        .containsEntry("half_of_it", Reason.MISSING_PAIR)
        .containsEntry("interrupted_download", Reason.TRUNCATED)
        .containsEntry("sdxl_style", Reason.WRONG_BASE_MODEL)
        .containsEntry("flux2_style", Reason.WRONG_BASE_MODEL)
        .containsEntry("renamed_pickle", Reason.NOT_SAFETENSORS)
        .containsEntry("zero", Reason.EMPTY);
  }
}
