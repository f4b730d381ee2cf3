package io.loralake.jobs.generate;

import io.loralake.fusion.FusionConfig;
import io.loralake.jobs.runtime.ModelOnDevice;
import io.loralake.output.PictureFormat;
import io.loralake.tensor.ComputeDevice;
import io.loralake.tensor.Precision;
import java.io.Serializable;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a generation run is asked to do.
 *
 * @param prompts URI of the rows
 * @param base folder of the base model, on every machine
 * @param encoder URI of an encoder to search with; null: the catalog's
 * @param text name of the text encoder that the encoder was trained with
 * @param k how many adapters a row gets that does not say it
 * @param filters that adapters must pass, as searches take them
 * @param maxSimilarity of a picture's adapters to each other, as searches take it
 * @param fusion how a picture's adapters act together
 * @param gates path of the gates on every machine; null for fusions without
 * @param out URI of the output folder
 * @param device where to compute when Spark assigns no GPU, as {@link ComputeDevice} spells it
 * @param precision what the model computes in
 * @param offloadText whether text models are on the device only while they encode, and the
 *     transformer is not there meanwhile
 * @param batch pictures that are computed together, at most; 0: as memory allows
 * @param shardSize pictures of a shard, at most
 * @param planSize rows that are planned at once, at most: the driver holds one plan
 * @param loose pictures as files of a folder instead of tar files
 * @param format of the pictures
 * @param nextOnMissing whether the next candidate stands in for an adapter that is missing
 * @param retryFailed whether pictures are tried again that failed in an earlier run
 * @param dryRun whether only the plan is told
 * @param scratch folder of each machine for downloaded adapters
 */
public record GenerateOptions(
    String prompts,
    String catalog,
    String base,
    String encoder,
    String text,
    int k,
    Map<String, String> filters,
    double maxSimilarity,
    FusionConfig fusion,
    String gates,
    String out,
    String device,
    Precision precision,
    boolean offloadText,
    int batch,
    int shardSize,
    int planSize,
    boolean loose,
    PictureFormat format,
    boolean nextOnMissing,
    boolean retryFailed,
    boolean dryRun,
    String scratch)
    implements Serializable {

  /**
   * The base model of the running task.
   *
   * @param id fingerprint of the folder's files
   */
  ModelOnDevice model(final String id) {
    return ModelOnDevice.ofTask(base, id, device, precision, offloadText);
  }

  /** What all pictures of an output have in common, by the options' names. */
  public Map<String, String> shared() {
    final Map<String, String> shared = new TreeMap<>();
    shared.put("--fusion", fusion.toJson());
    shared.put("--dtype", precision.toString());
    shared.put("--format", loose ? "files" : "webdataset");
    shared.put("--pictures", format.toString());
    Optional.ofNullable(encoder).ifPresent(uri -> shared.put("--encoder", uri));
    return shared;
  }

  /**
   * What a person reads of an option.
   *
   * @param name of a member of {@link #shared}
   */
  public static String inWords(final String name, final String value) {
    return name.equals("--fusion") ? FusionConfig.parse(value).toString() : value;
  }
}
