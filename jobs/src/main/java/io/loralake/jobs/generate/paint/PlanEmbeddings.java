package io.loralake.jobs.generate.paint;

import io.loralake.encoder.TextSide;
import io.loralake.jobs.runtime.SentenceEncoders;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * What gates know of adapters and prompts: their embeddings in the space of one encoder.
 *
 * @param texts null where no gate asks
 * @param text name of the text encoder
 * @param adapters by id
 */
public record PlanEmbeddings(TextSide texts, String text, Map<String, float[]> adapters)
    implements Serializable {
  public static final PlanEmbeddings NONE = new PlanEmbeddings(null, null, Map.of());

  /** Null where there is none. */
  float[] ofAdapter(final String adapterId) {
    return adapters.get(adapterId);
  }

  /** Nulls where no gate asks. */
  List<float[]> ofPrompts(final List<String> prompts) {
    if (texts == null) {
      return Collections.nCopies(prompts.size(), null);
    }
    return List.of(texts.embed(SentenceEncoders.get(text).sentences(prompts)));
  }
}
