package io.loralake.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.Checkpoint;
import io.loralake.model.Layout;
import io.loralake.model.Piece;
import io.loralake.model.WeightNaming;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The encoder of T5 v1.1 (transformers {@code T5EncoderModel}): RMSNorm, unscaled attention with
 * relative position buckets, gated GELU.
 */
public final class T5Encoder {
  /** What ComfyUI puts before this model's names in a file that holds several models. */
  public static final String PREFIX = "text_encoders.t5xxl.transformer.";

  private static final String SHARED = "shared.weight";
  private static final String BIAS =
      "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
  private static final String FINAL_NORM = "encoder.final_layer_norm.weight";

  private final T5Config config;
  private final Weights weights;
  private final NDArray embedding; // (vocabulary, D)
  private final RelativePositionBias positions;
  private final List<Block> blocks;
  private final NDArray finalNorm; // (D)

  /** Takes no ownership of {@code weights}. */
  public T5Encoder(final T5Config config, final Weights weights) {
    this.config = config;
    this.weights = weights;
    this.embedding = weights.get(SHARED);
    this.positions = new RelativePositionBias(config, weights.get(BIAS));
    this.blocks = IntStream.range(0, config.numLayers()).mapToObj(Block::new).toList();
    this.finalNorm = weights.get(FINAL_NORM);
  }

  /** Names and shapes of the weights, as transformers has them. */
  public static Layout layout(final T5Config config) {
    final int d = config.dModel();
    final int inner = config.numHeads() * config.dKv();
    final Layout layout = new Layout().add(SHARED, config.vocabSize(), d);
    for (int i = 0; i < config.numLayers(); i++) {
      final String attention = "encoder.block." + i + ".layer.0.";
      for (final String projection : List.of("q", "k", "v")) {
        layout.add(attention + "SelfAttention." + projection + ".weight", inner, d);
      }
      layout.add(attention + "SelfAttention.o.weight", d, inner);
      layout.add(attention + "layer_norm.weight", d);
      final String mlp = "encoder.block." + i + ".layer.1.";
      layout.add(mlp + "DenseReluDense.wi_0.weight", config.dFf(), d);
      layout.add(mlp + "DenseReluDense.wi_1.weight", config.dFf(), d);
      layout.add(mlp + "DenseReluDense.wo.weight", d, config.dFf());
      layout.add(mlp + "layer_norm.weight", d);
    }
    return layout
        .add(BIAS, config.relativeAttentionNumBuckets(), config.numHeads())
        .add(FINAL_NORM, d);
  }

  /**
   * Reads the weights from a checkpoint; a second copy of the embedding is passed over.
   *
   * @throws io.loralake.model.InvalidCheckpointException when they are not exactly this model's
   */
  public static Weights loadWeights(
      final T5Config config,
      final Checkpoint checkpoint,
      final NDManager parent,
      final Precision precision)
      throws IOException {
    final Checkpoint model = checkpoint.within(PREFIX);
    final boolean shared = model.names().contains(SHARED);
    return Weights.load(layout(config), model, new T5Naming(shared), parent, precision);
  }

  /** The token embedding is stored under one of two names, or under both. */
  private record T5Naming(boolean hasShared) implements WeightNaming {
    private static final String TIED = "encoder.embed_tokens.weight";

    @Override
    public List<Piece> pieces(final String name) {
      return List.of(Piece.whole(name.equals(SHARED) && !hasShared ? TIED : name));
    }

    @Override
    public boolean isIgnorable(final String tensor) {
      return tensor.equals(TIED);
    }
  }

  /**
   * Encodes token ids, all rows of one length.
   *
   * @param mask 1 for tokens that may be attended to, 0 for others; null when all may, as FLUX uses
   *     it (padding included)
   * @return (B, L, D) in float32, on {@code manager}
   */
  public NDArray forward(final NDManager manager, final long[][] ids, final long[][] mask) {
    ClipTextEncoder.checkIds(ids, config.vocabSize(), "T5");
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray tokens =
          manager.create(ClipTextEncoder.flat(ids), new Shape(ids.length, ids[0].length));
      NDArray x = TorchOps.embedding(tokens, embedding); // (B, L, D)
      final NDArray bias = weights.precision().of(positions.forward(manager, ids[0].length, mask));
      for (final Block block : blocks) {
        x = block.forward(x, bias);
      }
      final NDArray last = Precision.F32.of(TorchOps.rmsNorm(x, finalNorm));
      NDScope.unregister(last);
      return last;
    }
  }

  private final class Block {
    private final NDArray norm1; // (D)
    private final Linear query; // D -> H d
    private final Linear key;
    private final Linear value;
    private final Linear out; // H d -> D
    private final NDArray norm2; // (D)
    private final Linear gate; // D -> d_ff
    private final Linear up; // D -> d_ff
    private final Linear down; // d_ff -> D

    Block(final int index) {
      final String attention = "encoder.block." + index + ".layer.0.";
      this.norm1 = weights.get(attention + "layer_norm.weight");
      this.query = new Linear(weights, attention + "SelfAttention.q");
      this.key = new Linear(weights, attention + "SelfAttention.k");
      this.value = new Linear(weights, attention + "SelfAttention.v");
      this.out = new Linear(weights, attention + "SelfAttention.o");
      final String mlp = "encoder.block." + index + ".layer.1.";
      this.norm2 = weights.get(mlp + "layer_norm.weight");
      this.gate = new Linear(weights, mlp + "DenseReluDense.wi_0");
      this.up = new Linear(weights, mlp + "DenseReluDense.wi_1");
      this.down = new Linear(weights, mlp + "DenseReluDense.wo");
    }

    /** x (B, L, D), bias (1 or B, H, L, L) -> (B, L, D). */
    NDArray forward(final NDArray x, final NDArray bias) {
      final NDArray normed = TorchOps.rmsNorm(x, norm1);
      final int heads = config.numHeads();
      final NDArray attention = // (B, H, L, d)
          TorchOps.biasedAttention(
              Heads.split(query.forward(normed), heads),
              Heads.split(key.forward(normed), heads),
              Heads.split(value.forward(normed), heads),
              bias);
      final NDArray y = x.add(out.forward(Heads.join(attention)));
      final NDArray normedY = TorchOps.rmsNorm(y, norm2);
      final NDArray hidden = TorchOps.geluTanh(gate.forward(normedY)).mul(up.forward(normedY));
      return y.add(down.forward(hidden));
    }
  }
}
