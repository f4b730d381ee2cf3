package io.loralake.jobs.runtime;

import ai.djl.Device;
import io.loralake.tensor.ComputeDevice;
import io.loralake.tensor.Precision;

/**
 * A base model as a JVM holds it.
 *
 * @param folder of this machine
 * @param id changes when the folder's content does
 * @param inTurns whether text models and transformer are never there at once
 */
public record ModelOnDevice(
    String folder, String id, Device device, Precision precision, boolean inTurns) {

  /**
   * As the running task holds it: on the GPU that Spark gave it.
   *
   * @param otherwise where Spark gave none, as {@link ComputeDevice} spells it
   */
  public static ModelOnDevice ofTask(
      final String folder,
      final String id,
      final String otherwise,
      final Precision precision,
      final boolean inTurns) {
    final Device device = BaseModels.device(ComputeDevice.parse(otherwise));
    return new ModelOnDevice(folder, id, device, precision, inTurns);
  }

  /** What tells it apart from all others of this JVM. */
  String key() {
    return id + " " + device + " " + precision + (inTurns ? " in turns" : "");
  }
}
