package io.loralake.jobs.generate.paint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.Conditioning;
import io.loralake.diffusion.PictureRequest;
import io.loralake.fusion.AdapterCache;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.FusionConfig;
import io.loralake.fusion.FusionSample;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.fusion.Strategy;
import io.loralake.jobs.generate.output.GateMeans;
import io.loralake.jobs.runtime.HeldModel;
import io.loralake.model.Fusion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;

/** Paints batches on a model that this JVM holds. */
public final class Painter {
  private final HeldModel held;
  private final Strategy strategy;
  private final boolean gated;

  /**
   * @param gates path of the fusion's gates on this machine; null without
   */
  public Painter(final HeldModel held, final FusionConfig fusion, final String gates) {
    this.held = held;
    this.strategy = held.strategy(fusion, gates);
    this.gated = fusion.gates() != null;
  }

  /**
   * A picture and the adapters that it gets.
   *
   * @param prompt the prompt's embedding; null where no gate asks for it
   */
  public record Sample(PictureRequest request, List<Term> adapters, float[] prompt) {}

  /**
   * An adapter of a picture.
   *
   * @param embedding null where no gate asks for it
   */
  public record Term(String adapterId, double scale, float[] embedding) {}

  /** Pictures (3, height, width), and how far gates were open. */
  public record Painted(NDList pictures, GateMeans gates) {}

  /**
   * What the text models say of a batch.
   *
   * @return on {@code manager}
   */
  public Conditioning condition(final NDManager manager, final List<Sample> batch) {
    try (AdapterFusion fusion = fusion(batch, this::isOfText, 0)) {
      return held.model()
          .pipeline()
          .condition(manager, batch.stream().map(Sample::request).toList(), fusion);
    }
  }

  /** Paints a batch; the pictures are on {@code manager}. */
  public Painted paint(
      final NDManager manager, final List<Sample> batch, final Conditioning conditioning) {
    final List<PictureRequest> requests = batch.stream().map(Sample::request).toList();
    try (NDManager run = manager.newSubManager();
        AdapterFusion fusion = fusion(batch, layer -> !isOfText(layer), workingBytes(requests))) {
      final GateMeans means =
          new GateMeans(
              held.table(), requests.get(0).steps(), conditioning.negative() != null, batch.size());
      final Fusion acting = gated ? means.observing(fusion) : fusion;
      final NDArray pictures =
          held.model()
              .pipeline()
              .generate(run, requests, conditioning, acting, (step, steps) -> {});
      final NDList each = new NDList();
      for (int i = 0; i < batch.size(); i++) {
        final NDArray picture = pictures.get(i).duplicate();
        picture.attach(manager);
        each.add(picture);
      }
      return new Painted(each, means);
    }
  }

  /** A picture alone is tried wherever its adapters fit: what it works with is an estimate. */
  private long workingBytes(final List<PictureRequest> batch) {
    return batch.size() == 1
        ? 0
        : held.workingBytes(batch.get(0).width(), batch.get(0).height(), batch.size());
  }

  private boolean isOfText(final String layer) {
    return held.table().find(layer).isEmpty();
  }

  private AdapterFusion fusion(
      final List<Sample> batch, final Predicate<String> needed, final long beside) {
    final List<AdapterCache.Lease> leases = new ArrayList<>();
    try {
      final List<FusionSample> samples = new ArrayList<>();
      for (final Sample sample : batch) {
        final List<ScaledAdapter> own = new ArrayList<>();
        for (final Term term : sample.adapters()) {
          final AdapterCache.Lease lease = held.cache().lease(term.adapterId()).join();
          leases.add(lease);
          own.add(new ScaledAdapter(lease.adapter(), term.scale(), term.embedding()));
        }
        samples.add(new FusionSample(own, sample.prompt()));
      }
      synchronized (held) { // what one task has found free, another does not take
        return AdapterFusion.of(held.model().manager(), samples, strategy, needed, beside);
      }
    } catch (final CompletionException e) {
      throw new IllegalStateException("An adapter cannot be had: " + e.getCause(), e);
    } finally {
      leases.forEach(AdapterCache.Lease::close);
    }
  }
}
