package io.loralake.jobs.generate;

import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.Preflight;
import io.loralake.jobs.runtime.BaseModels;
import io.loralake.tensor.ComputeDevice;
import java.io.IOException;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/** How many pictures an executor can compute together. */
final class MemoryFit {
  private static final int MOST = 64;

  /** Left for adapters, the text models' work and the allocator's waste. */
  private static final double SHARE = 0.6;

  private MemoryFit() {}

  /**
   * The largest power of two that fits the memory of an executor, at the size of the largest
   * picture; all tasks of an executor share its memory.
   *
   * @param pictures at least one
   */
  static int batch(
      final JavaSparkContext context,
      final GenerateOptions options,
      final ModelFolder folder,
      final List<Plan.Picture> pictures)
      throws IOException {
    final GenerateOptions plan = options;
    final long free =
        GpuStage.of(context, context.parallelize(List.of(0), 1))
            .map(any -> ComputeDevice.available(BaseModels.device(plan.fallbackDevice())))
            .first();
    final Preflight preflight = new Preflight(folder, options.precision());
    final Plan.Picture largest =
        Collections.max(
            pictures, Comparator.comparingInt(picture -> picture.width() * picture.height()));
    final int slots = GpuStage.slotsPerExecutor(context);
    final long weights =
        preflight.totalWeightBytes() - (options.offloadText() ? preflight.textWeightBytes() : 0);
    int batch = MOST;
    while (batch > 1
        && slots
                * (preflight.peakBytes(largest.width(), largest.height(), batch)
                    - preflight.totalWeightBytes())
            > SHARE * (free - weights)) {
      batch /= 2;
    }
    return batch;
  }
}
