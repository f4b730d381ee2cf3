package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.model.FluxConfig;
import io.loralake.tensor.Precision;
import io.loralake.text.ClipConfig;
import io.loralake.text.T5Config;
import org.junit.jupiter.api.Test;

/** Parameter counts are those of the published parts of FLUX.1-dev. */
class PreflightTest {
  private static final ModelFolder DEV =
      new ModelFolder(
          null,
          FluxConfig.load("flux-dev"),
          null,
          AutoEncoderConfig.FLUX,
          new ClipT5Part(null, ClipConfig.CLIP_L, null, null, T5Config.XXL, null, 512),
          FlowMatchEuler.DEV,
          SamplingDefaults.DEV);

  @Test
  void countsTheWeightsOfEachPart() {
    assertThat(new Preflight(DEV, Precision.BF16).weightBytes())
        .containsEntry("transformer", 2 * 11_901_408_320L)
        .containsEntry("auto-encoder", 2 * 83_819_683L)
        .containsEntry("CLIP", 2 * 123_060_480L)
        .containsEntry("T5", 2 * 4_762_310_656L);
  }

  @Test
  void peakGrowsWithSizeAndBatch() {
    final Preflight preflight = new Preflight(DEV, Precision.BF16);
    final long one = preflight.workingBytes(1024, 1024, 1);
    final long two = preflight.workingBytes(1024, 1024, 2);
    assertThat(two).isEqualTo(2 * one);
    assertThat(preflight.peakBytes(2048, 1024, 1))
        .isGreaterThan(preflight.peakBytes(1024, 1024, 1));
    assertThat(one).isBetween(1_000_000_000L, 5_000_000_000L);
  }

  /**
   * By hand, for FLUX.1-dev: 3072 wide, 12288 in the MLP, 512 text tokens, 128 channels at last.
   */
  @Test
  void theLargestWorkingSetIsThatOfTheTransformerOrOfTheDecoder() {
    final long kept = 13 * 3072 + 3 * 12_288;
    final long tokens = 4 * 4 + 512;
    assertThat(new Preflight(DEV, Precision.BF16).workingBytes(64, 64, 1))
        .as("the transformer's")
        .isEqualTo(tokens * (2 * kept + 4 * 4 * 3072));
    assertThat(new Preflight(DEV, Precision.BF16).workingBytes(2048, 1024, 1))
        .as("the decoder's")
        .isEqualTo(2048L * 1024 * (3 * 256 + 6 * 128) * 2);
  }

  @Test
  void textModelsArePartOfAllWeights() {
    final Preflight preflight = new Preflight(DEV, Precision.F32);
    assertThat(preflight.textWeightBytes()).isEqualTo(4 * (123_060_480L + 4_762_310_656L));
    assertThat(preflight.totalWeightBytes())
        .isEqualTo(preflight.textWeightBytes() + 4 * (11_901_408_320L + 83_819_683L));
    assertThat(preflight.peakBytes(512, 512, 1))
        .isEqualTo(preflight.totalWeightBytes() + preflight.workingBytes(512, 512, 1));
  }

  @Test
  void marksWhatDoesNotFit() {
    final String table = new Preflight(DEV, Precision.BF16).describe(38_000_000_000L);
    assertThat(table).contains("33.74 GB in bf16, 38.00 GB available");
    assertThat(table).containsPattern("T5 +4,762,310,656 weights +9\\.52 GB");
    assertThat(Preflight.size(7_600_000)).isEqualTo("7.60 MB");
    final String row = table.lines().filter(line -> line.startsWith("1024")).findFirst().orElse("");
    assertThat(row.trim()).endsWith("!");
    assertThat(row.split("GB")[1]).doesNotStartWith("!");
  }
}
