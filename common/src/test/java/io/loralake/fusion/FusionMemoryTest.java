package io.loralake.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.NotEnoughMemoryException;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What gathered factors take is known before they are. */
class FusionMemoryTest {
  private static final int IN = 6;
  private static final int OUT = 10;
  private static final String LAYER = "layer";

  private final NDManager manager = PyTorch.manager();

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void bytesOfASum(final Precision precision) {
    final List<List<ScaledAdapter>> groups = groups(precision);
    final BranchBuilder builder = new BranchBuilder(manager, LAYER, groups, 1, null);
    final SumBranch branch = (SumBranch) builder.build();
    assertThat(branch.a().getShape()).isEqualTo(new Shape(3, 9, IN));
    assertThat(branch.b().size()).isEqualTo(3 * 9 * OUT);
    assertThat(builder.bytes()).isEqualTo(3L * 9 * (IN + OUT) * precision.bytes());
  }

  @Test
  void bytesOfAGatedSumAreThoseOfTheLargestAdapterAtEachPlace() {
    final PreparedGates.Layer gates =
        new PreparedGates.Layer(
            List.of(manager.ones(new Shape(OUT))),
            manager.zeros(new Shape(3, 2, OUT)),
            manager.ones(new Shape(1, 1, OUT)));
    final BranchBuilder builder =
        new BranchBuilder(manager, LAYER, groups(Precision.F32), 1, gates);
    final GatedBranch branch = (GatedBranch) builder.build();
    assertThat(branch.a().getShape()).isEqualTo(new Shape(3, 16, IN));
    assertThat(branch.up().getShape()).isEqualTo(new Shape(3, 16, OUT));
    assertThat(builder.bytes()).isEqualTo(3L * 16 * (IN + OUT) * Float.BYTES);
  }

  /** Ranks 1 and 8; 8; none. */
  private List<List<ScaledAdapter>> groups(final Precision precision) {
    final ScaledAdapter small = adapter("small", 1, precision);
    final ScaledAdapter large = adapter("large", 8, precision);
    return List.of(List.of(small, large), List.of(large), List.of());
  }

  private ScaledAdapter adapter(final String id, final int rank, final Precision precision) {
    return new ScaledAdapter(
        LoadedAdapter.load(
            RandomAdapters.adapter(id, rank, Map.of(LAYER, new int[] {IN, OUT})),
            manager,
            precision),
        0.5);
  }

  @Test
  void whatTheHostCannotGiveIsRefused() {
    final List<FusionSample> samples =
        groups(Precision.F32).stream().map(group -> new FusionSample(group, null)).toList();
    final long petabyte = 1L << 50;
    assertThatThrownBy(
            () -> AdapterFusion.of(manager, samples, Strategy.SUM, layer -> true, petabyte))
        .isInstanceOf(NotEnoughMemoryException.class)
        .hasMessageContaining("the adapters of 3 pictures at once take 1,073,741,824 MB");
    AdapterFusion.of(manager, samples, Strategy.SUM, layer -> true, 1 << 20).close();
  }
}
