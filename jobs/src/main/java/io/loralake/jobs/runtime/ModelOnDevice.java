package io.loralake.jobs.runtime;

import ai.djl.Device;
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

  /** All of it at once. */
  public static ModelOnDevice whole(
      final String folder, final String id, final Device device, final Precision precision) {
    return new ModelOnDevice(folder, id, device, precision, false);
  }

  /** What tells it apart from all others of this JVM. */
  String key() {
    return id + " " + device + " " + precision + (inTurns ? " in turns" : "");
  }
}
