package io.loralake.jobs.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.loralake.alignment.TrainingAdapter;
import io.loralake.alignment.Vectors;
import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.tensor.TorchOps;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings what a fold's head says into the space of the main head. Each training turns the shared
 * space its own way; the rotation that takes the captions of one to those of the other (orthogonal
 * Procrustes) undoes that. Directions that captions do not reach stay as they are, since both text
 * maps start at the identity.
 */
final class FoldSpace {
  /** Weight of the identity, in mean squares of a direction. */
  private static final float IDENTITY = 0.03f;

  private FoldSpace() {}

  /**
   * Turns vectors.
   *
   * @param adapters whose captions both heads place
   * @param vectors by the fold's head, unit length; null for adapters without a place
   * @return the same in the main head's space
   */
  static Map<String, float[]> turned(
      final EncoderArtifact fold,
      final EncoderArtifact main,
      final List<TrainingAdapter> adapters,
      final Map<String, float[]> vectors) {
    final float[][] texts =
        adapters.stream().flatMap(it -> it.texts().stream()).toArray(float[][]::new);
    final List<String> ids =
        vectors.keySet().stream().filter(id -> vectors.get(id) != null).toList();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final NDArray from = manager.create(embedded(fold, texts)); // (N, E)
      final NDArray to = manager.create(embedded(main, texts)); // (N, E)
      final long e = from.size(1);
      final NDArray common =
          from.transpose().matMul(to).add(manager.eye((int) e).mul(IDENTITY * texts.length / e));
      final NDList svd = TorchOps.svd(common);
      final NDArray rotation = svd.get(0).matMul(svd.get(2)); // (E, E)
      final float[] turned =
          manager
              .create(ids.stream().map(vectors::get).toArray(float[][]::new))
              .matMul(rotation)
              .toFloatArray();
      final Map<String, float[]> result = new HashMap<>();
      for (int i = 0; i < ids.size(); i++) {
        result.put(
            ids.get(i), Vectors.unit(Arrays.copyOfRange(turned, i * (int) e, (i + 1) * (int) e)));
      }
      return result;
    }
  }

  private static float[][] embedded(final EncoderArtifact artifact, final float[][] texts) {
    try (AdapterEncoder encoder = artifact.open()) {
      return encoder.embedTexts(texts);
    }
  }
}
