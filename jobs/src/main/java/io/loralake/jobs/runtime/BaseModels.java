package io.loralake.jobs.runtime;

import ai.djl.Device;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.tensor.ComputeDevice;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Base models that outlive tasks: a JVM loads each once a device, and keeps it. */
public final class BaseModels {
  private static final Logger LOG = LoggerFactory.getLogger(BaseModels.class);
  private static final Map<String, BaseModel> LOADED = new ConcurrentHashMap<>();

  private BaseModels() {}

  /**
   * The model in a folder of this machine; nobody closes it.
   *
   * @param id changes when the folder's content does
   */
  public static BaseModel of(
      final String folder, final String id, final Device device, final Precision precision) {
    return of(folder, id, device, precision, false, () -> {});
  }

  /**
   * As above.
   *
   * @param inTurns whether text models and transformer are never there at once
   * @param loaded is told when the model had to be loaded
   * @throws IllegalStateException when another process has the GPU
   */
  public static BaseModel of(
      final String folder,
      final String id,
      final Device device,
      final Precision precision,
      final boolean inTurns,
      final Runnable loaded) {
    return LOADED.computeIfAbsent(
        id + " " + device + " " + precision + (inTurns ? " in turns" : ""),
        key -> {
          DeviceLock.ofMachine().take(device);
          final BaseModel model = load(folder, device, precision, inTurns);
          loaded.run();
          return model;
        });
  }

  private static BaseModel load(
      final String path, final Device device, final Precision precision, final boolean inTurns) {
    try {
      final ModelFolder folder = ModelFolder.open(Path.of(path));
      return inTurns
          ? BaseModel.inTurns(folder, device, precision, firstOnly())
          : BaseModel.load(folder, device, precision, firstOnly());
    } catch (final IOException e) {
      throw new UncheckedIOException("The base model in " + path + " cannot be read", e);
    }
  }

  /** Thousands of captions may be cut; one line says that it happens. */
  private static Consumer<String> firstOnly() {
    final AtomicBoolean told = new AtomicBoolean();
    return warning -> {
      if (!told.getAndSet(true)) {
        LOG.warn("{} (further texts that are cut are not named)", warning);
      }
    };
  }

  /**
   * The GPU that Spark gave the running task; without one {@code otherwise}.
   *
   * @throws IllegalArgumentException when PyTorch has no such GPU here, or Spark's discovery script
   *     told other addresses than numbers
   */
  public static Device device(final Device otherwise) {
    final TaskContext task = TaskContext.get();
    final ResourceInformation gpus = task == null ? null : task.resourcesJMap().get("gpu");
    return ComputeDevice.present(
        gpus == null || gpus.addresses().length == 0 ? otherwise : gpu(gpus.addresses()[0]));
  }

  /** Some scripts tell UUIDs, which PyTorch does not know. */
  static Device gpu(final String address) {
    if (!address.matches("\\d{1,4}")) {
      throw new IllegalArgumentException(
          "Spark's GPU here has the address '%s', where PyTorch needs a number from 0: take get-gpus as discovery script"
              .formatted(address));
    }
    return Device.gpu(Integer.parseInt(address));
  }
}
