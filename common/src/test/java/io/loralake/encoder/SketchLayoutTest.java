package io.loralake.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SketchLayoutTest {
  @Test
  void responsesAreFoldedAsLongAsFeaturesAreMany() {
    assertThat(flux(1).fold()).isZero();
    assertThat(flux(2).fold()).isZero();
    assertThat(flux(4).features()).isEqualTo(flux(2).features());
    assertThat(flux(5).features()).isEqualTo(flux(3).features());
    assertThat(flux(16).features()).isEqualTo(flux(2).features());
    assertThat(new SketchLayout("p", 16, List.of("a"), List.of(10_496)).fold()).isEqualTo(4);
    assertThat(new SketchLayout("p", 16, List.of("a"), List.of(64)).fold()).isZero();
  }

  @Test
  void sketchesAreTheSameHoweverTheyAreFolded() {
    final SketchLayout layout = flux(16);
    final SketchLayout unfolded = new SketchLayout("p", 16, layout.layers(), layout.widths(), 0);
    assertThat(unfolded).isNotEqualTo(layout);
    assertThat(unfolded.features()).isEqualTo(unfolded.length()).isEqualTo(layout.length());
    assertThat(layout.sameSketches(unfolded)).isTrue();
    assertThat(layout.sameSketches(flux(4))).isFalse();
    assertThat(
            layout.sameSketches(
                new SketchLayout("q", 16, layout.layers(), layout.widths(), layout.fold())))
        .isFalse();
  }

  /** 304 layers of 64 numbers, as of FLUX.1. */
  private static SketchLayout flux(final int probes) {
    return new SketchLayout(
        "p", probes, Collections.nCopies(304, "a"), Collections.nCopies(304, 64));
  }
}
