package io.loralake.encoder;

import java.io.Serializable;
import java.util.Map;

/**
 * What an encoder is: the JSON beside its weights.
 *
 * @param id names the version by its content
 * @param head {@code ridge} or {@code contrastive}
 * @param layout of the sketches that it reads
 * @param dimension E
 * @param textEncoder fingerprint of the text encoder
 * @param textWidth D
 * @param training how it was made: options, data, results
 */
public record EncoderCard(
    String id,
    String head,
    SketchLayout layout,
    int dimension,
    String textEncoder,
    int textWidth,
    Map<String, String> training)
    implements Serializable {

  EncoderCard withId(final String newId) {
    return new EncoderCard(newId, head, layout, dimension, textEncoder, textWidth, training);
  }
}
