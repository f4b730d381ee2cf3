package io.loralake.jobs.runtime;

import ai.djl.Device;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.tensor.ComputeDevice;
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

  /** The model, loaded where it is not yet; nobody closes it. */
  public static BaseModel of(final ModelOnDevice model) {
    return of(model, () -> {});
  }

  /**
   * As above.
   *
   * @param loaded is told when the model had to be loaded
   * @throws IllegalStateException when another process has the GPU
   */
  static BaseModel of(final ModelOnDevice model, final Runnable loaded) {
    return LOADED.computeIfAbsent(
        model.key(),
        key -> {
          DeviceLock.ofMachine().take(model.device());
          final BaseModel there = load(model);
          loaded.run();
          return there;
        });
  }

  private static BaseModel load(final ModelOnDevice model) {
    try {
      final ModelFolder folder = ModelFolder.open(Path.of(model.folder()));
      return model.inTurns()
          ? BaseModel.inTurns(folder, model.device(), model.precision(), firstOnly())
          : BaseModel.load(folder, model.device(), model.precision(), firstOnly());
    } catch (final IOException e) {
      throw new UncheckedIOException("The base model in " + model.folder() + " cannot be read", e);
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
