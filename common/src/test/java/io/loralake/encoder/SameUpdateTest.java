package io.loralake.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.tensor.Half;
import org.junit.jupiter.api.Test;

class SameUpdateTest {

  @Test
  void normsAgreeWithinOnePerCentOnEveryLayer() {
    assertThat(SameUpdate.normsAgree(norms(1, 0, 5), norms(1.009f, 0, 5))).isTrue();
    assertThat(SameUpdate.normsAgree(norms(1, 0, 5), norms(1.02f, 0, 5))).isFalse();
    assertThat(SameUpdate.normsAgree(norms(1, 0), norms(1, 1e-6f))).as("a layer more").isFalse();
    assertThat(SameUpdate.normsAgree(norms(1), norms(1, 1))).isFalse();
  }

  @Test
  void sketchesAgreeWhenTheyPointTheSameWay() {
    assertThat(SameUpdate.sketchesAgree(Half.bytes(1, -2, 3), Half.bytes(1, -2, 3))).isTrue();
    assertThat(SameUpdate.sketchesAgree(Half.bytes(1, -2, 3), Half.bytes(1.001f, -2, 3))).isTrue();
    final byte[] onePerCent = Half.bytes(1.0335f, -1.9833f, 3);
    assertThat(SameUpdate.sketchesAgree(Half.bytes(1, -2, 3), onePerCent)).isTrue();
    final byte[] twoPerCent = Half.bytes(1.067f, -1.9665f, 3);
    assertThat(SameUpdate.sketchesAgree(Half.bytes(1, -2, 3), twoPerCent)).isFalse();
    assertThat(SameUpdate.sketchesAgree(Half.bytes(1, -2, 3), Half.bytes(-1, 2, -3))).isFalse();
    assertThat(SameUpdate.sketchesAgree(Half.bytes(0, 0), Half.bytes(0, 0))).isTrue();
  }

  private static float[] norms(final float... values) {
    return values;
  }
}
