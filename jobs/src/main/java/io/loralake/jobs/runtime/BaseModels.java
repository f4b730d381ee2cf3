package io.loralake.jobs.runtime;

import ai.djl.Device;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
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
    return LOADED.computeIfAbsent(
        id + " " + device + " " + precision, key -> load(folder, device, precision));
  }

  private static BaseModel load(
      final String folder, final Device device, final Precision precision) {
    try {
      return BaseModel.load(ModelFolder.open(Path.of(folder)), device, precision, firstOnly());
    } catch (final IOException e) {
      throw new UncheckedIOException("The base model in " + folder + " cannot be read", e);
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

  /** The GPU that Spark gave the running task; without one {@code otherwise}. */
  public static Device device(final Device otherwise) {
    final TaskContext task = TaskContext.get();
    final ResourceInformation gpus = task == null ? null : task.resourcesJMap().get("gpu");
    return gpus == null || gpus.addresses().length == 0
        ? otherwise
        : Device.gpu(Integer.parseInt(gpus.addresses()[0]));
  }
}
