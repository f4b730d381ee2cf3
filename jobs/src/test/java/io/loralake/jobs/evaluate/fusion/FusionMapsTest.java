package io.loralake.jobs.evaluate.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FusionMapsTest {
  /** As a text {@code double_blocks.10} comes before {@code double_blocks.2}. */
  @Test
  void layersAreInTheModelsOrder() {
    final FusionMaps.Means means = new FusionMaps.Means();
    for (final float timestep : new float[] {1, 0.5f}) {
      means.add("double_blocks.2.img_attn.proj", timestep, 1);
      means.add("double_blocks.10.img_attn.proj", timestep, 0);
    }
    assertThat(means.map("a").rows())
        .containsExactly("double_blocks.2.img_attn.proj", "double_blocks.10.img_attn.proj");
    assertThat(means.map("a").columns()).containsExactly("0.50", "1.00");
  }
}
