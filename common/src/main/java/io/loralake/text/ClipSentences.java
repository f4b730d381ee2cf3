package io.loralake.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.model.Checkpoint;
import io.loralake.model.Fusion;
import io.loralake.model.WeightsFingerprint;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.Tap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The base model's own CLIP: its pooled vector, brought to length 1 (CLIP-L: D = 768). */
public final class ClipSentences implements SentenceEncoder {
  private static final int BATCH = 32;

  private final NDManager manager = PyTorch.manager();
  private final String fingerprint;
  private final PromptTokenizer tokenizer;
  private final ClipTextEncoder encoder;

  /**
   * Loads the model.
   *
   * @param weights a safetensors file, or a folder with one or several
   * @param tokenizer as {@link PromptTokenizer#clip} takes it
   */
  public ClipSentences(final ClipConfig config, final Path weights, final Path tokenizer)
      throws IOException {
    this.fingerprint = "clip@sha256:" + WeightsFingerprint.of(List.of(weights));
    this.tokenizer = PromptTokenizer.clip(tokenizer);
    try (Checkpoint checkpoint = Checkpoint.open(weights)) {
      this.encoder =
          new ClipTextEncoder(
              config, ClipTextEncoder.loadWeights(config, checkpoint, manager, Precision.F32));
    }
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public float[][] sentences(final List<String> texts) {
    final float[][] vectors = new float[texts.size()][];
    for (int from = 0; from < vectors.length; from += BATCH) {
      final List<String> batch = texts.subList(from, Math.min(from + BATCH, vectors.length));
      final long[][] ids =
          batch.stream().map(text -> tokenizer.encode(text).ids()).toArray(long[][]::new);
      try (NDManager scope = manager.newSubManager()) {
        final ClipTextEncoder.Output output = encoder.forward(scope, ids, Fusion.NONE, Tap.NONE);
        final NDArray units = output.pooled().normalize(2, 1);
        for (int i = 0; i < batch.size(); i++) {
          vectors[from + i] = units.get(i).toFloatArray();
        }
      }
    }
    return vectors;
  }

  @Override
  public void close() {
    tokenizer.close();
    manager.close();
  }
}
