package io.loralake.jobs.gates;

import io.loralake.fusion.GateOptions;
import io.loralake.jobs.runtime.ModelOnDevice;
import io.loralake.tensor.Precision;
import io.loralake.training.GateExamples;
import io.loralake.training.GateTraining;
import io.loralake.training.OptionText;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a training of gates is asked to do.
 *
 * @param catalog with an encoder
 * @param specification rows of {@code train-adapters}: pictures, and the adapter made from them
 * @param captions as {@code train-alignment} takes them; null: what the catalog knows
 * @param holdOut file that names adapters which are never looked at; null: none
 * @param base folder of the base model, on every machine
 * @param text name of the text encoder that the catalog's encoder was trained with
 * @param from gates to begin with; null: none
 * @param work folder of this machine for checkpoint and curve; null: a temporary one
 * @param out folder for gates and report
 * @param coordinates C of the space in which gates know adapters
 * @param margin of the hinge term; 0: without it
 * @param shards Spark tasks of a step; 0: one for each core
 * @param device where to compute when Spark assigns no GPU
 */
public record TrainGatesOptions(
    String catalog,
    String specification,
    String captions,
    String holdOut,
    String base,
    String text,
    String from,
    String work,
    String out,
    GateOptions gates,
    int coordinates,
    GateExamples.Sampling sampling,
    double margin,
    GateTraining.Options training,
    int shards,
    String device,
    Precision precision)
    implements Serializable {

  /**
   * The base model of the running task.
   *
   * @param id fingerprint of the folder's files
   */
  ModelOnDevice model(final String id) {
    return ModelOnDevice.ofTask(base, id, device, precision, false);
  }

  Map<String, String> asMap() {
    final Map<String, String> map = new LinkedHashMap<>();
    map.put("catalog", catalog);
    map.put("specification", specification);
    map.put("captions", captions);
    map.put("hold_out", holdOut);
    map.put("base", base);
    map.put("from", from);
    map.put("gates", OptionText.of(gates));
    map.put("coordinates", String.valueOf(coordinates));
    map.put("sampling", OptionText.of(sampling));
    map.put("margin", String.valueOf(margin));
    map.put("training", OptionText.of(training));
    map.values().removeIf(Objects::isNull);
    return map;
  }
}
