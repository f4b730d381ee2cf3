package io.loralake.jobs.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.Conditioning;
import io.loralake.diffusion.PictureRequest;
import io.loralake.fusion.AdapterCache;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.jobs.runtime.HeldModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Paints batches on a model that this JVM holds. */
final class Painter {
  private final HeldModel held;
  private final FusionChoice choice;

  Painter(final HeldModel held, final FusionChoice choice) {
    this.held = held;
    this.choice = choice;
  }

  /** A picture and the adapters that it gets. */
  record Sample(PictureRequest request, List<Plan.ChosenAdapter> adapters) {}

  /**
   * What the text models say of a batch.
   *
   * @return on {@code manager}
   */
  Conditioning condition(final NDManager manager, final List<Sample> batch) {
    try (AdapterFusion fusion = fusion(batch)) {
      return held.model()
          .pipeline()
          .condition(manager, batch.stream().map(Sample::request).toList(), fusion);
    }
  }

  /**
   * Paints a batch.
   *
   * @return pictures (3, height, width) on {@code manager}
   */
  NDList paint(
      final NDManager manager, final List<Sample> batch, final Conditioning conditioning) {
    try (NDManager run = manager.newSubManager();
        AdapterFusion fusion = fusion(batch)) {
      final NDArray pictures =
          held.model()
              .pipeline()
              .generate(
                  run,
                  batch.stream().map(Sample::request).toList(),
                  conditioning,
                  fusion,
                  (step, steps) -> {});
      final NDList each = new NDList();
      for (int i = 0; i < batch.size(); i++) {
        final NDArray picture = pictures.get(i).duplicate();
        picture.attach(manager);
        each.add(picture);
      }
      return each;
    }
  }

  /** Starts to load what a batch will need. */
  void prefetch(final Plan.Batch batch) {
    batch.pictures().stream()
        .flatMap(picture -> picture.adapters().stream())
        .map(Plan.ChosenAdapter::adapterId)
        .distinct()
        .forEach(held.cache()::prefetch);
  }

  private AdapterFusion fusion(final List<Sample> batch) {
    final List<AdapterCache.Lease> leases = new ArrayList<>();
    try {
      final List<List<ScaledAdapter>> adapters = new ArrayList<>();
      for (final Sample sample : batch) {
        final List<ScaledAdapter> own = new ArrayList<>();
        for (final Plan.ChosenAdapter chosen : sample.adapters()) {
          final AdapterCache.Lease lease = held.cache().lease(chosen.adapterId()).join();
          leases.add(lease);
          own.add(new ScaledAdapter(lease.adapter(), chosen.scale()));
        }
        adapters.add(own);
      }
      return AdapterFusion.prepare(held.model().manager(), adapters, choice.strategy());
    } catch (final CompletionException e) {
      throw new IllegalStateException("An adapter that was there a moment ago is not: " + e, e);
    } finally {
      leases.forEach(AdapterCache.Lease::close);
    }
  }
}
