package io.loralake.encoder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.safetensors.ArtifactFiles;
import io.loralake.safetensors.Fingerprint;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.DType;
import io.loralake.tensor.Half;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A version of an encoder: {@code ID.safetensors} with the weights and {@code ID.json} with the
 * card. Both ridge and contrastive heads end as such a linear encoder.
 */
public final class EncoderArtifact implements Serializable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final EncoderCard card;
  private final LinearWeights weights;

  private EncoderArtifact(final EncoderCard card, final LinearWeights weights) {
    this.card = card;
    this.weights = weights;
  }

  /**
   * A new version, whose id follows from everything else. The weight is rounded to half precision,
   * as it is stored: the vectors it makes change by less than sketches, which are halves too.
   */
  public static EncoderArtifact of(final EncoderCard card, final LinearWeights exact) {
    final LinearWeights weights = exact.withWeight(halves(exact.weight()));
    require(weights.means().length == card.layout().features(), "means", card);
    require(
        weights.weight().length == (long) card.layout().features() * card.dimension(),
        "weight",
        card);
    require(weights.bias().length == card.dimension(), "bias", card);
    require(weights.textMeans().length == card.textWidth(), "text_means", card);
    require(
        weights.textWeight().length == (long) card.textWidth() * card.dimension(),
        "text_weight",
        card);
    return new EncoderArtifact(card.withId(fingerprint(card, weights)), weights);
  }

  private static float[] halves(final float[] values) {
    final float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = Half.toFloat(Half.fromFloat(values[i]));
    }
    return rounded;
  }

  private static void require(final boolean holds, final String tensor, final EncoderCard card) {
    if (!holds) {
      throw new IllegalArgumentException(
          "Encoder %s: '%s' does not have the size that its card says"
              .formatted(card.id(), tensor));
    }
  }

  public EncoderCard card() {
    return card;
  }

  /** The encoder with its weights in native memory. */
  public AdapterEncoder open() {
    return new LinearEncoder(card, weights);
  }

  /** What it does to texts. */
  public TextSide texts() {
    return weights.texts();
  }

  /** Writes both files into a folder. */
  public void write(final Path folder) throws IOException {
    final int f = card.layout().features();
    final int e = card.dimension();
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("means", TensorData.ofFloats(weights.means(), f));
    tensors.put("weight", TensorData.ofFloats(DType.F16, weights.weight(), f, e));
    tensors.put("bias", TensorData.ofFloats(weights.bias(), e));
    tensors.put("text_means", TensorData.ofFloats(weights.textMeans(), card.textWidth()));
    tensors.put("text_weight", TensorData.ofFloats(weights.textWeight(), card.textWidth(), e));
    ArtifactFiles.in(folder, card.id()).write(tensors, card);
  }

  /**
   * Reads a version back.
   *
   * @param file either of the two files
   * @throws IllegalArgumentException when the card is none of an encoder, or the two do not belong
   *     together
   */
  public static EncoderArtifact read(final Path file) throws IOException {
    final ArtifactFiles files = ArtifactFiles.of(file);
    final EncoderCard card =
        files.readCard(EncoderCard.class, "an encoder", EncoderArtifact::isComplete);
    try (SafetensorsFile tensors = SafetensorsFile.open(files.weights())) {
      final LinearWeights weights =
          new LinearWeights(
              tensors.floats("means"),
              tensors.floats("weight"),
              tensors.floats("bias"),
              tensors.floats("text_means"),
              tensors.floats("text_weight"));
      final EncoderArtifact artifact = of(card, weights);
      files.requireSame(card.id(), artifact.card.id());
      return artifact;
    }
  }

  private static boolean isComplete(final EncoderCard card) {
    return card.id() != null
        && card.head() != null
        && card.layout() != null
        && card.layout().tellsAll();
  }

  private static String fingerprint(final EncoderCard card, final LinearWeights weights) {
    try {
      final String content =
          new Fingerprint()
              .add(JSON.writeValueAsString(card.withId("")))
              .add(weights.means())
              .add(weights.weight())
              .add(weights.bias())
              .add(weights.textMeans())
              .add(weights.textWeight())
              .finish();
      return card.head() + "-" + content;
    } catch (final JsonProcessingException e) {
      throw new IllegalStateException("Cannot fingerprint an encoder", e);
    }
  }
}
