package io.loralake.jobs.generate.output;

import ai.djl.ndarray.NDArray;
import io.loralake.diffusion.PictureRequest;
import io.loralake.fusion.FusionConfig;
import io.loralake.jobs.generate.Lines;
import io.loralake.output.PictureFormat;
import io.loralake.output.Pictures;
import io.loralake.output.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Everything that a picture depends on: the JSON beside it. The same record gives the same bytes on
 * the same kind of device.
 *
 * @param seed as the row says it
 * @param noiseSeed of seed and key: the seed that {@code paint} takes
 * @param cfg scale of classifier-free guidance
 * @param replaced adapters that were missing, for which the next candidates stand in
 * @param promptEmbedding the prompt among the adapters' embeddings; null where no gate asks for it
 * @param fusion how the adapters act together
 * @param gates how far they were open, by layer type: the mean over tokens, channels, adapters and
 *     some steps; null without gates
 * @param model name of the base model's folder
 * @param modelFingerprint of its weights
 * @param adaptersVersion Delta version of the catalog's {@code adapters}
 * @param embeddingsVersion likewise; null where nothing was retrieved
 * @param version of LoraLake
 */
public record PictureRecord(
    String key,
    String prompt,
    String negativePrompt,
    long seed,
    long noiseSeed,
    int width,
    int height,
    int steps,
    double guidance,
    double cfg,
    List<UsedAdapter> adapters,
    List<MissingAdapter> replaced,
    float[] promptEmbedding,
    FusionConfig fusion,
    Map<String, Double> gates,
    String model,
    String modelFingerprint,
    String dtype,
    String device,
    String format,
    String catalog,
    long adaptersVersion,
    Long embeddingsVersion,
    String encoder,
    String version,
    Company company) {

  /**
   * An adapter that acted.
   *
   * @param embedding as gates know it: out of fold where the catalog has it so, of which {@code
   *     score} does not follow; null where no gate asks for it
   */
  public record UsedAdapter(
      String adapterId,
      String uri,
      String title,
      String creator,
      String licence,
      Double score,
      double scale,
      float[] embedding) {}

  /**
   * An adapter that could not be used.
   *
   * @param reason a {@link io.loralake.rejection.Reason}
   */
  public record MissingAdapter(String adapterId, String reason, String message) {}

  /**
   * The batch that the picture was computed in. Its size and the ranks of its adapters decide which
   * kernels compute, and so the last bits; what else was in it does not.
   *
   * @param position of this picture, from 0
   * @param prompts how many prompts were encoded together
   * @param files all adapters of the batch
   * @param adapters of each picture
   */
  public record Company(
      int position, int prompts, List<AdapterFile> files, List<List<Slot>> adapters) {}

  /**
   * An adapter of a picture.
   *
   * @param file place in {@link Company#files}
   */
  public record Slot(int file, double scale) {}

  /** An adapter and where it lies. */
  public record AdapterFile(String adapterId, String uri) {}

  /** Whether all is there that the picture depends on; of one that failed it is not. */
  public boolean suffices() {
    return fusion != null
        && company != null
        && company.files() != null
        && company.adapters() != null
        && company.position() >= 0
        && company.position() < company.adapters().size();
  }

  /** The request that gives the picture. */
  public PictureRequest request() {
    return new PictureRequest(
        prompt, negativePrompt, noiseSeed, width, height, steps, guidance, cfg);
  }

  /** What ends the name of the picture's file, without a dot. */
  public String extension() {
    return PictureFormat.of(format).extension();
  }

  /** The bytes of the picture's file. */
  public byte[] encode(final NDArray image) {
    final Map<String, String> more = new LinkedHashMap<>();
    more.put("Model", model);
    if (!adapters.isEmpty()) {
      more.put(
          "Adapters",
          adapters.stream()
              .map(adapter -> adapter.adapterId().substring(0, 8) + ":" + adapter.scale())
              .collect(Collectors.joining(" ")));
    }
    more.put("Fusion", fusion.toJson());
    more.put("Precision", dtype);
    more.put("Version", "LoraLake " + version);
    return PictureFormat.of(format)
        .encode(Pictures.of(image), Map.of(Settings.KEYWORD, Settings.of(request(), more)));
  }

  /** On one line. */
  public String toJson() {
    return Lines.of(this);
  }
}
