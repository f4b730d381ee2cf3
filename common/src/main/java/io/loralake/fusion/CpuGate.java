package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.loralake.tensor.GateOps;
import io.loralake.tensor.VectorKernel;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Adapters with gates on a processor, in float32. PyTorch writes and reads each adapter's output
 * several times; here a row's channels stay in registers from B to the sum.
 */
final class CpuGate {
  /** Bytes of y that stay in a core's second-level cache from one block of channels to the next. */
  private static final int TILE_BYTES = 256 << 10;

  private static final Optional<GateKernel> KERNEL =
      VectorKernel.load(GateKernel.class, "VectorGate");

  private static final boolean HAS_ONE_THREAD =
      Integer.getInteger("ai.djl.pytorch.num_threads", Runtime.getRuntime().availableProcessors())
          == 1;

  private CpuGate() {}

  /** Whether {@link #add} can be called with a layer's output. */
  static boolean takes(final NDArray y) {
    return KERNEL.isPresent()
        && !y.getDevice().isGpu()
        && y.getDataType() == DataType.FLOAT32
        && y.size(y.getShape().dimension() - 1) % KERNEL.get().multiple() == 0
        && y.size() <= Integer.MAX_VALUE / Float.BYTES;
  }

  /**
   * Adds the gated outputs of a branch's adapters to y in place.
   *
   * @param x (B, L, d_in) or (B, d_in)
   * @param y (B, L, d_out) or (B, d_out), contiguous
   */
  static void add(final GatedBranch branch, final NDArray x, final NDArray y) {
    try (NDArray h = GateOps.gateDown(x, branch.a(), branch.offsets())) {
      final GateTerms terms = GateTerms.of(branch, h);
      final FloatBuffer all = y.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
      final GateKernel kernel = KERNEL.orElseThrow();
      final int step = Math.max(1, TILE_BYTES / (terms.width() * Float.BYTES));
      float[] packed = null;
      for (int group = 0; group < terms.groups(); group++) {
        if (group == 0 || !terms.isShared()) {
          packed = kernel.packed(terms, group);
        }
        addGroup(all, terms, packed, group, step);
      }
    }
  }

  private static void addGroup(
      final FloatBuffer y,
      final GateTerms terms,
      final float[] packed,
      final int group,
      final int step) {
    final int tiles = (terms.rows() + step - 1) / step;
    final IntStream each = IntStream.range(0, tiles);
    (HAS_ONE_THREAD ? each : each.parallel())
        .map(tile -> tile * step)
        .forEach(
            from ->
                KERNEL
                    .orElseThrow()
                    .add(y, terms, packed, group, from, Math.min(terms.rows(), from + step)));
  }
}
