package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.tensor.Half;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureMeansTest {
  private static final SketchFeatures FEATURES =
      new SketchFeatures(
          new SketchLayout("p", 1, List.of("a", "b", "c"), List.of(2, 4, 2))); // c: in none

  /** Features -1 and 1 of a, and -1, -1, 1, 1 of b. */
  private static final byte[] BOTH = Half.bytes(2, 4, 0, 0, 8, 8, 0, 0);

  /** 1 and -1 of a alone. */
  private static final byte[] ONE = Half.bytes(3, 1, 0, 0, 0, 0, 0, 0);

  private static final float[] MEANS = {1 / 3f, -1 / 3f, -1, -1, 1, 1, 0, 0};

  @Test
  void onlyAdaptersThatHaveTheLayerCount() {
    assertThat(FeatureMeans.of(List.of(ONE, BOTH, ONE).iterator(), FEATURES).means())
        .containsExactly(MEANS, within(1e-6f));
  }

  @Test
  void partsAddUp() {
    assertThat(
            FeatureMeans.of(List.of(ONE).iterator(), FEATURES)
                .add(FeatureMeans.of(List.of(BOTH, ONE).iterator(), FEATURES))
                .means())
        .containsExactly(MEANS, within(1e-6f));
  }
}
