package io.loralake.jobs.runtime;

import ai.djl.Device;
import io.loralake.diffusion.BaseModel;
import io.loralake.fusion.AdapterCache;
import io.loralake.fusion.AdapterLoader;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.source.FileStore;
import io.loralake.tensor.ComputeDevice;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a JVM keeps of a base model on a device for all its tasks: the model, and adapters in a
 * cache of bounded size.
 *
 * @param files where the cache reads adapters
 */
public record HeldModel(BaseModel model, AdapterCache cache, AdapterFiles files) {
  private static final Map<String, HeldModel> HELD = new ConcurrentHashMap<>();

  /** Of the memory that the loaded model has left. */
  private static final double SHARE_FOR_ADAPTERS = 0.25;

  /** Adapters kept in host memory beyond those on the device. */
  private static final long HOST_BYTES = 2L << 30;

  /**
   * The model in a folder of this machine; nobody closes it.
   *
   * @param id changes when the folder's content does
   * @param scratch folder for downloaded adapters
   * @param loaded is told when the model had to be loaded
   */
  public static HeldModel of(
      final String folder,
      final String id,
      final Device device,
      final Precision precision,
      final FileStore store,
      final Path scratch,
      final Runnable loaded) {
    return HELD.computeIfAbsent(
        id + " " + device + " " + precision + " " + scratch,
        key ->
            hold(BaseModels.of(folder, id, device, precision, loaded), precision, store, scratch));
  }

  private static HeldModel hold(
      final BaseModel model,
      final Precision precision,
      final FileStore store,
      final Path scratch) {
    final AdapterFiles files = new AdapterFiles(store, scratch);
    final AdapterLoader loader =
        new AdapterLoader(LayerTable.of(model.transformer().config()), precision);
    final AdapterCache.Source source =
        (id, host) -> {
          try (SafetensorsFile file = files.open(id)) {
            return loader.load(id, file, host);
          }
        };
    try {
      final long free = ComputeDevice.available(model.manager().getDevice());
      return new HeldModel(
          model,
          new AdapterCache(source, model.manager(), (long) (SHARE_FOR_ADAPTERS * free), HOST_BYTES),
          files);
    } catch (final IOException e) {
      throw new UncheckedIOException("Cannot tell how much memory is free", e);
    }
  }
}
