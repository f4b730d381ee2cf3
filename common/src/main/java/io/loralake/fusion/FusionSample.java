package io.loralake.fusion;

import java.util.List;

/**
 * What enters one picture.
 *
 * @param adapters the best one first, as retrieval gives them
 * @param prompt the prompt in the space of the adapters' embeddings, (E); null where no gate asks
 *     for it
 */
public record FusionSample(List<ScaledAdapter> adapters, float[] prompt) {
  public FusionSample {
    adapters = List.copyOf(adapters);
  }
}
