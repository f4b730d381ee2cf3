package io.loralake.jobs.generate.plan;

import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.Preflight;
import io.loralake.jobs.generate.GpuStage;
import io.loralake.jobs.generate.ModelOnExecutor;
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
   * The largest power of two that fits the memory of an executor beside the model, at the size of
   * the largest picture; all tasks of an executor share its memory.
   *
   * @param model is loaded, so that what it leaves is known
   * @param fingerprint of the model
   * @param pictures at least one
   */
  static int batch(
      final JavaSparkContext context,
      final ModelOnExecutor model,
      final String fingerprint,
      final ModelFolder folder,
      final List<Plan.Picture> pictures)
      throws IOException {
    final long free =
        GpuStage.of(context, context.parallelize(List.of(0), 1))
            .map(any -> model.hold(fingerprint).free())
            .first();
    final Preflight preflight = new Preflight(folder, model.options().precision());
    final Plan.Picture largest =
        Collections.max(
            pictures, Comparator.comparingInt(picture -> picture.width() * picture.height()));
    final int slots = GpuStage.slotsPerExecutor(context);
    int batch = MOST;
    while (batch > 1
        && slots * preflight.workingBytes(largest.width(), largest.height(), batch)
            > SHARE * free) {
      batch /= 2;
    }
    return batch;
  }
}
