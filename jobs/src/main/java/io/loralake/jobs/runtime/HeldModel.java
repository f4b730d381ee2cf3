package io.loralake.jobs.runtime;

import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.Preflight;
import io.loralake.fusion.AdapterCache;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.FusionConfig;
import io.loralake.fusion.GateArtifact;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.LearnedGates;
import io.loralake.fusion.Strategy;
import io.loralake.model.LayerTable;
import io.loralake.source.FileStore;
import io.loralake.tensor.ComputeDevice;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a JVM keeps of a base model on a device for all its tasks: the model, adapters in a cache of
 * bounded size, gates.
 */
public final class HeldModel {
  private static final Map<String, HeldModel> HELD = new ConcurrentHashMap<>();

  /** Of the memory that the loaded model has left. */
  private static final double SHARE_FOR_ADAPTERS = 0.25;

  /** Adapters kept in host memory beyond those on the device. */
  private static final long HOST_BYTES = 2L << 30;

  private final ModelFolder folder;
  private final Preflight preflight;
  private final BaseModel model;
  private final LayerTable table;
  private final AdapterFiles files;
  private final AdapterCache cache;
  private final Map<String, LearnedGates> gates = new ConcurrentHashMap<>();
  private final AtomicLong mostPixels = new AtomicLong(Long.MAX_VALUE);
  private String notFinite; // null until somebody asked

  private HeldModel(
      final ModelFolder folder,
      final BaseModel model,
      final Precision precision,
      final AdapterFiles files)
      throws IOException {
    this.folder = folder;
    this.preflight = new Preflight(folder, precision);
    this.model = model;
    this.table = LayerTable.of(folder.transformerConfig());
    this.files = files;
    final AdapterLoader loader = new AdapterLoader(table, precision);
    this.cache =
        new AdapterCache(
            (id, host) -> files.load(id, loader, host),
            model.manager(),
            (long) (SHARE_FOR_ADAPTERS * free()),
            HOST_BYTES);
  }

  /**
   * The model, loaded where it is not yet; nobody closes it.
   *
   * @param scratch folder for downloaded adapters
   * @param loaded is told when the model had to be loaded
   */
  public static HeldModel of(
      final ModelOnDevice place,
      final FileStore store,
      final SiteAccess sites,
      final Path scratch,
      final Runnable loaded) {
    return HELD.computeIfAbsent(
        place.key() + " " + scratch,
        key -> {
          final BaseModel model = BaseModels.of(place, loaded);
          try {
            return new HeldModel(
                ModelFolder.open(Path.of(place.folder())),
                model,
                place.precision(),
                new AdapterFiles(store, sites, DownloadFolder.of(scratch)));
          } catch (final IOException e) {
            throw new UncheckedIOException(
                "The base model in " + place.folder() + " cannot be held", e);
          }
        });
  }

  public BaseModel model() {
    return model;
  }

  /**
   * Bytes of the device that the model leaves to adapters and pictures. Where its sides take turns,
   * the larger one counts as there.
   */
  public long free() throws IOException {
    final long text = preflight.textWeightBytes();
    final long painting = preflight.totalWeightBytes() - text;
    final long there = (model.hasText() ? text : 0) + (model.hasTransformer() ? painting : 0);
    final long missing = Math.max(0, Math.max(text, painting) - there);
    return Math.max(0, ComputeDevice.available(model.manager().getDevice()) - missing);
  }

  /** Bytes that a batch of pictures works with, beside all weights. */
  public long workingBytes(final int width, final int height, final int batch) {
    return preflight.workingBytes(width, height, batch);
  }

  /**
   * Whether as many pixels at once may fit into memory. What did not fit is not tried again by this
   * JVM: DJL keeps the inputs of an operation that has failed, so each failure costs some memory.
   */
  public boolean mayFit(final long pixels) {
    return pixels < mostPixels.get();
  }

  /** So many pixels at once did not fit. */
  public void didNotFit(final long pixels) {
    mostPixels.accumulateAndGet(pixels, Math::min);
  }

  /**
   * A semicolon and what {@link ModelFolder#notFinite()} says, for messages; empty if it says
   * nothing. The weights are read once.
   */
  public synchronized String notFinite() {
    if (notFinite == null) {
      try {
        notFinite = folder.notFinite().map("; "::concat).orElse("");
      } catch (final IOException e) {
        throw new UncheckedIOException("The base model cannot be read", e);
      }
    }
    return notFinite;
  }

  public LayerTable table() {
    return table;
  }

  /** Where the cache reads adapters. */
  public AdapterFiles files() {
    return files;
  }

  public AdapterCache cache() {
    return cache;
  }

  /**
   * The strategy of a configuration.
   *
   * @param path of its gates on this machine; null for strategies without
   * @throws IllegalArgumentException when other gates lie there, or they do not fit the model
   */
  public Strategy strategy(final FusionConfig config, final String path) {
    return config.strategy(
        config.gates() == null
            ? null
            : gates.computeIfAbsent(config.gates(), id -> open(id, path)));
  }

  private LearnedGates open(final String id, final String path) {
    try {
      final GateArtifact artifact = GateArtifact.read(Path.of(path));
      if (!artifact.card().id().equals(id)) {
        throw new IllegalArgumentException(
            "%s holds gates %s, not %s".formatted(path, artifact.card().id(), id));
      }
      return artifact.open(model.manager(), GateLayout.of(table), folder.transformerFingerprint());
    } catch (final IOException e) {
      throw new UncheckedIOException("Cannot read the gates " + path, e);
    }
  }
}
