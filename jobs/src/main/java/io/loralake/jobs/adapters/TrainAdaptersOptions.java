package io.loralake.jobs.adapters;

import io.loralake.jobs.runtime.ModelOnDevice;
import io.loralake.tensor.ComputeDevice;
import io.loralake.tensor.Precision;
import java.io.Serializable;

/**
 * What a training run is asked to do.
 *
 * @param specification URI of the rows
 * @param base folder of the base model, on every machine
 * @param out URI of the folder for adapters and manifest
 * @param group adapters that a task trains at once
 * @param width of pictures whose row does not say it, in pixels; 0: what suits the base
 * @param height likewise
 * @param device where to compute when Spark assigns no GPU, as {@link ComputeDevice} spells it
 * @param precision what the base computes in
 * @param checkpoints folder of all machines that killed trainings go on from; null: none
 */
public record TrainAdaptersOptions(
    String specification,
    String base,
    String out,
    int group,
    int width,
    int height,
    String device,
    Precision precision,
    String checkpoints)
    implements Serializable {

  /**
   * The base model of the running task.
   *
   * @param id fingerprint of the folder's files
   */
  ModelOnDevice model(final String id) {
    return ModelOnDevice.ofTask(base, id, device, precision, false);
  }
}
