package io.loralake.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.GateOps;
import io.loralake.tensor.PyTorch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JVM's vectors beside PyTorch's operations; not where registers are too short for them. */
@DisabledIfSystemProperty(named = "os.arch", matches = "aarch64")
class CpuGateTest {
  private static final int IN = 6;
  private static final long[] ENDS = {4, 5, 21}; // ranks 4, 1, 16

  private final NDManager manager = PyTorch.manager();
  private final Random random = new Random(1);

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({
    "192, 7, 1, 1, 1", // a block and a half of channels; factors, offsets and w_out of all
    "64, 80, 3, 1, 1", // offsets of each sample alone, as at its timestep
    "128, 1, 2, 2, 2", // of each sample
    "1024, 150, 1, 1, 1", // several tiles
    "320, 13, 2, 2, 1",
  })
  void addsWhatPyTorchAdds(
      final int width, final int rows, final int groups, final int factors, final int outs) {
    final GatedBranch branch = branch(width, groups, factors, outs);
    final NDArray x = normal(1, groups, rows, IN);
    final NDArray y = normal(3, groups, rows, width).add(0.5);
    final NDArray expected = y.duplicate();
    addByPyTorch(branch, x, expected);
    final NDArray before = y.duplicate();
    assertThat(CpuGate.takes(y)).isTrue();
    CpuGate.add(branch, x, y);
    final float size = expected.sub(before).abs().max().getFloat();
    assertThat(size).isGreaterThan(0.1f);
    assertThat(y.sub(expected).abs().max().getFloat()).isLessThan(2e-5f * size);
  }

  /** Rows that lie in a plane, and others that are zero, leave no variance to take a root of. */
  @Test
  void factorsMayDependOnEachOther() {
    final GatedBranch branch = branch(64, 1, 1, 1);
    branch.up().set(new NDIndex(":, 6:12"), branch.up().get(":, 5:6"));
    branch.up().set(new NDIndex(":, :4"), manager.zeros(new Shape(1, 4, 64)));
    assertThat(differenceOf(branch)).isLessThan(1e-4f);
  }

  /** Where e^-score is no float, or 0. */
  @Test
  void gatesMayBeShutOrWideOpen() {
    final GatedBranch branch = branch(64, 1, 1, 1);
    branch.offsets().muli(branch.offsets().abs().mul(manager.create(1e4f)));
    assertThat(differenceOf(branch)).isLessThan(1e-4f);
  }

  /** A picture that is made again must have the bits that it had while the JVM was still cold. */
  @Test
  void compiledOrNotTheBitsAreTheSame() {
    final GatedBranch branch = branch(192, 2, 2, 1);
    final NDArray x = normal(1, 2, 20, IN);
    final NDArray y = normal(1, 2, 20, 192);
    final NDArray first = y.duplicate();
    CpuGate.add(branch, x, first);
    for (int i = 0; i < 2_000; i++) {
      try (NDArray again = y.duplicate()) {
        CpuGate.add(branch, x, again);
        assertThat(again.contentEquals(first)).as("call %d", i).isTrue();
      }
    }
  }

  @Test
  void whatIsNotForItIsLeftToPyTorch() {
    assertThat(CpuGate.takes(manager.zeros(new Shape(1, 2, 10)))).isFalse();
    assertThat(CpuGate.takes(manager.zeros(new Shape(1, 2, 64), DataType.FLOAT16))).isFalse();
    assertThat(CpuGate.takes(manager.zeros(new Shape(2, 64)))).isTrue();
  }

  /** The largest, of nine rows of 64 channels. */
  private float differenceOf(final GatedBranch branch) {
    final NDArray x = normal(1, 1, 9, IN);
    final NDArray y = normal(1, 1, 9, 64);
    final NDArray expected = y.duplicate();
    addByPyTorch(branch, x, expected);
    CpuGate.add(branch, x, y);
    return y.sub(expected).abs().max().getFloat();
  }

  private static void addByPyTorch(final GatedBranch branch, final NDArray x, final NDArray y) {
    GateOps.addGatedLowRank(
        y,
        x,
        branch.a(),
        branch.up(),
        branch.ends(),
        branch.slots(),
        branch.offsets(),
        branch.gates().weightOut(),
        branch.gates().weights());
  }

  /** Three adapters at the places 0, 2 and 3 of four. */
  private GatedBranch branch(final int width, final int groups, final int factors, final int outs) {
    final List<NDArray> weights = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      weights.add(normal(1, width));
    }
    final NDArray up = normal(0.3, factors, ENDS[ENDS.length - 1], width).add(0.1);
    final NDArray offsets = // of one layer among others, as a view
        normal(2, groups, 4, 2L * width).split(new long[] {width}, 2).get(1);
    return new GatedBranch(
        normal(1, factors, ENDS[ENDS.length - 1], IN),
        up,
        manager.create(ENDS, new Shape(ENDS.length)),
        manager.create(new long[] {0, 2, 3}, new Shape(3)),
        new GateConstants(),
        new PreparedGates.Layer(weights, offsets, normal(1, outs, 1, width)),
        offsets);
  }

  private NDArray normal(final double deviation, final long... shape) {
    final Shape of = new Shape(shape);
    return manager.create(RandomAdapters.normal(random, (int) of.size(), deviation), of);
  }
}
