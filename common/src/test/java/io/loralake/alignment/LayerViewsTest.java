package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.tensor.Half;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerViewsTest {
  private static final String QKV = "double_blocks.0.img_attn.qkv";
  private static final String MLP = "double_blocks.0.img_mlp.0";
  private static final String MOD = "double_blocks.0.img_mod.lin";
  private static final String LINEAR = "single_blocks.0.linear1";
  private static final String SINGLE_MOD = "single_blocks.0.modulation.lin";
  private static final List<String> ALL = List.of(QKV, MLP, MOD, LINEAR, SINGLE_MOD);

  private static SketchLayout layout(final List<String> layers) {
    return new SketchLayout("p", 1, layers, layers.stream().map(layer -> 2).toList());
  }

  /** Names of the layers that each view of an adapter with all layers has. */
  private static List<List<String>> seen(final List<String> layers) {
    final SketchLayout layout = layout(layers);
    final SketchFeatures features = new SketchFeatures(layout);
    final LayerViews views = LayerViews.partial(layout);
    final float[] sketch = new float[features.length()];
    final float[] means = new float[features.length()];
    for (int i = 0; i < sketch.length; i++) {
      sketch[i] = i % 2 == 0 ? 3 : 5; // features -1 and 1
      means[i] = 0.25f * i;
    }
    final int at = 3;
    final float[] rows = new float[at + views.size() * sketch.length];
    views.write(Half.bytes(sketch), features, means, rows, at);
    final List<List<String>> seen = new ArrayList<>();
    for (int view = 0; view < views.size(); view++) {
      final List<String> kept = new ArrayList<>();
      for (int layer = 0; layer < layers.size(); layer++) {
        final int from = at + view * sketch.length + 2 * layer;
        if (rows[from] != 0) {
          assertThat(rows[from]).isEqualTo(-1 - means[2 * layer]);
          assertThat(rows[from + 1]).isEqualTo(1 - means[2 * layer + 1]);
          kept.add(layers.get(layer));
        } else {
          assertThat(rows[from + 1]).isZero();
        }
      }
      seen.add(kept);
    }
    return seen;
  }

  @Test
  void eachViewHasTheLayersThatPeopleTrain() {
    final List<List<String>> seen = seen(ALL);
    assertThat(seen)
        .startsWith(
            ALL,
            List.of(QKV),
            List.of(QKV, LINEAR),
            List.of(QKV, MLP, MOD),
            List.of(LINEAR, SINGLE_MOD),
            List.of(QKV, MLP, LINEAR));
    assertThat(seen.subList(6, seen.size())).as("random halves").doesNotContain(ALL);
    assertThat(seen).doesNotHaveDuplicates().hasSize(8);
  }

  @Test
  void aViewWithoutLayersIsNone() {
    assertThat(seen(List.of(LINEAR, SINGLE_MOD)))
        .doesNotContain(List.of())
        .startsWith(
            List.of(LINEAR, SINGLE_MOD),
            List.of(LINEAR),
            List.of(LINEAR, SINGLE_MOD),
            List.of(LINEAR));
  }

  @Test
  void theCompleteAdapterCountsOnceAndAllOthersTogetherAsTold() {
    final LayerViews views = LayerViews.partial(layout(ALL));
    assertThat(views.weights(3.5)).hasSize(8).startsWith(1, 0.5, 0.5).endsWith(0.5);
    assertThat(LayerViews.complete(layout(ALL)).weights(0)).containsExactly(1);
  }

  @Test
  void layersOfOneGroupAreKeptByTheSameViews() {
    final List<List<String>> seen = seen(ALL);
    final List<Integer> layers = new ArrayList<>();
    for (final LayerViews.Group group : LayerViews.partial(layout(ALL)).groups()) {
      for (final int layer : group.layers()) {
        layers.add(layer);
        for (int view = 0; view < seen.size(); view++) {
          assertThat(seen.get(view).contains(ALL.get(layer)))
              .isEqualTo(group.views().contains(view));
        }
      }
    }
    assertThat(layers).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
  }
}
