package io.loralake.jobs.generate;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.runtime.EncoderPool;
import io.loralake.jobs.runtime.SentenceEncoders;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * What gates know of adapters and prompts: their embeddings in the space of one encoder.
 *
 * @param encoder null where no gate asks
 * @param text name of the text encoder that it was trained with
 * @param adapters by id
 */
record PlanEmbeddings(EncoderArtifact encoder, String text, Map<String, float[]> adapters)
    implements Serializable {
  static final PlanEmbeddings NONE = new PlanEmbeddings(null, null, Map.of());

  /** Null where there is none. */
  float[] ofAdapter(final String adapterId) {
    return adapters.get(adapterId);
  }

  /** Nulls where no gate asks. */
  List<float[]> ofPrompts(final List<String> prompts) {
    if (encoder == null) {
      return Collections.nCopies(prompts.size(), null);
    }
    final AdapterEncoder taken = EncoderPool.take(encoder);
    try {
      final List<float[]> vectors = new ArrayList<>();
      for (final float[] vector : taken.embedTexts(SentenceEncoders.get(text).sentences(prompts))) {
        vectors.add(vector);
      }
      return vectors;
    } finally {
      EncoderPool.give(taken);
    }
  }
}
