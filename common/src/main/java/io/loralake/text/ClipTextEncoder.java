package io.loralake.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.Checkpoint;
import io.loralake.model.FusedLinear;
import io.loralake.model.Fusion;
import io.loralake.model.Layout;
import io.loralake.model.Piece;
import io.loralake.model.WeightNaming;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.Tap;
import io.loralake.tensor.TorchOps;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The text half of CLIP (transformers {@code CLIPTextModel}): pre-norm, causal, quick GELU. */
public final class ClipTextEncoder {
  /** What ComfyUI puts before this model's names in a file that holds several models. */
  public static final String PREFIX = "text_encoders.clip_l.transformer.";

  private static final String ROOT = "text_model.";

  /** CLIP's other half, and what makes its two comparable: FLUX takes the states before that. */
  private static final Pattern BESIDE_STATES =
      Pattern.compile("vision_model\\..+|(text|visual)_projection\\.weight|logit_scale");

  private final ClipConfig config;
  private final Weights weights;
  private final NDArray tokenEmbedding; // (vocabulary, D)
  private final NDArray positionEmbedding; // (77, D)
  private final List<Block> blocks;
  private final Norm finalNorm;

  /** Takes no ownership of {@code weights}. */
  public ClipTextEncoder(final ClipConfig config, final Weights weights) {
    this.config = config;
    this.weights = weights;
    this.tokenEmbedding = weights.get(ROOT + "embeddings.token_embedding.weight");
    this.positionEmbedding = weights.get(ROOT + "embeddings.position_embedding.weight");
    this.blocks =
        IntStream.range(0, config.numHiddenLayers())
            .mapToObj(i -> new Block(ROOT + "encoder.layers." + i))
            .toList();
    this.finalNorm = new Norm(ROOT + "final_layer_norm");
  }

  /** Names and shapes of the weights, as transformers has them. */
  public static Layout layout(final ClipConfig config) {
    final int d = config.hiddenSize();
    final Layout layout =
        new Layout()
            .add(ROOT + "embeddings.token_embedding.weight", config.vocabSize(), d)
            .add(ROOT + "embeddings.position_embedding.weight", config.maxPositionEmbeddings(), d);
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      final String name = ROOT + "encoder.layers." + i;
      for (final String projection : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
        layout.linear(name + ".self_attn." + projection, d, d);
      }
      layout.norm(name + ".layer_norm1", d);
      layout.linear(name + ".mlp.fc1", d, config.intermediateSize());
      layout.linear(name + ".mlp.fc2", config.intermediateSize(), d);
      layout.norm(name + ".layer_norm2", d);
    }
    return layout.norm(ROOT + "final_layer_norm", d);
  }

  /**
   * Reads the weights from a checkpoint; position ids that old files store, and what else a whole
   * CLIP has, are passed over.
   *
   * @throws io.loralake.model.InvalidCheckpointException when they are not exactly this model's
   */
  public static Weights loadWeights(
      final ClipConfig config,
      final Checkpoint checkpoint,
      final NDManager parent,
      final Precision precision)
      throws IOException {
    final Checkpoint model = checkpoint.within(PREFIX);
    final String root = model.names().contains(ROOT + "final_layer_norm.weight") ? ROOT : "";
    return Weights.load(layout(config), model, new ClipNaming(root), parent, precision);
  }

  /**
   * @param root of a file's names: that of {@link #ROOT}, or none, as transformers 5 writes them
   */
  private record ClipNaming(String root) implements WeightNaming {
    @Override
    public List<Piece> pieces(final String name) {
      return List.of(Piece.whole(root + name.substring(ROOT.length())));
    }

    @Override
    public boolean isIgnorable(final String tensor) {
      return tensor.equals(root + "embeddings.position_ids")
          || BESIDE_STATES.matcher(tensor).matches();
    }
  }

  /**
   * Encodes token ids, all rows of one length up to 77.
   *
   * @param fusion adapters of the batch, by module names such as {@code
   *     text_model.encoder.layers.0.mlp.fc1}
   * @return (B, L, D) and (B, D) in float32, on {@code manager}
   */
  public Output forward(
      final NDManager manager, final long[][] ids, final Fusion fusion, final Tap tap) {
    final int length = ids[0].length;
    checkIds(ids, config.vocabSize(), "CLIP");
    if (length > config.maxPositionEmbeddings()) {
      throw new IllegalArgumentException(
          "CLIP's configuration allows %d tokens, a text has %d"
              .formatted(config.maxPositionEmbeddings(), length));
    }
    final NDArray last;
    final NDArray pooled;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray tokens = manager.create(flat(ids), new Shape(ids.length, length));
      final NDArray positions = positionEmbedding.get("0:{}", length);
      NDArray x = TorchOps.embedding(tokens, tokenEmbedding).add(positions); // (B, L, D)
      for (int i = 0; i < blocks.size(); i++) {
        x = blocks.get(i).forward(x, fusion);
        tap.see("hidden_states." + (i + 1), x);
      }
      last = Precision.F32.of(finalNorm.forward(x)); // (B, L, D)
      pooled = atEnd(last, ids);
      NDScope.unregister(last, pooled);
    }
    return new Output(last, pooled);
  }

  /** The state at the first end token of each row. */
  private NDArray atEnd(final NDArray x, final long[][] ids) {
    final long length = x.getShape().get(1);
    final long[] rows = new long[ids.length];
    for (int b = 0; b < ids.length; b++) {
      rows[b] = b * length + config.pooledAt(ids[b]);
    }
    final NDArray flat = x.reshape(-1, x.getShape().get(2));
    return TorchOps.embedding(x.getManager().create(rows), flat);
  }

  /** An id beyond the table would read foreign memory on some devices. */
  static void checkIds(final long[][] ids, final int vocabSize, final String model) {
    final long largest = Arrays.stream(flat(ids)).max().orElse(0);
    if (largest >= vocabSize) {
      throw new IllegalArgumentException(
          "Token id %d is outside the %d words of %s: tokenizer and encoder do not belong together"
              .formatted(largest, vocabSize, model));
    }
  }

  static long[] flat(final long[][] rows) {
    return Arrays.stream(rows).flatMapToLong(Arrays::stream).toArray();
  }

  /**
   * What CLIP makes of a batch.
   *
   * @param lastHiddenState after the final norm, (B, L, D)
   * @param pooled its rows at the end tokens, (B, D)
   */
  public record Output(NDArray lastHiddenState, NDArray pooled) {}

  private final class Norm {
    private final NDArray weight; // (D)
    private final NDArray bias; // (D)

    Norm(final String name) {
      this.weight = weights.get(name + ".weight");
      this.bias = weights.get(name + ".bias");
    }

    NDArray forward(final NDArray x) {
      final Shape width = weight.getShape();
      return x.getNDArrayInternal()
          .layerNorm(x, width, weight, bias, config.layerNormEps())
          .singletonOrThrow();
    }
  }

  private final class Block {
    private final Norm norm1;
    private final FusedLinear query;
    private final FusedLinear key;
    private final FusedLinear value;
    private final FusedLinear out;
    private final Norm norm2;
    private final FusedLinear fc1; // D -> 4D
    private final FusedLinear fc2; // 4D -> D

    Block(final String name) {
      this.norm1 = new Norm(name + ".layer_norm1");
      this.query = linear(name + ".self_attn.q_proj");
      this.key = linear(name + ".self_attn.k_proj");
      this.value = linear(name + ".self_attn.v_proj");
      this.out = linear(name + ".self_attn.out_proj");
      this.norm2 = new Norm(name + ".layer_norm2");
      this.fc1 = linear(name + ".mlp.fc1");
      this.fc2 = linear(name + ".mlp.fc2");
    }

    private FusedLinear linear(final String name) {
      return new FusedLinear(name, weights.get(name + ".weight"), weights.get(name + ".bias"));
    }

    /** (B, L, D) -> (B, L, D). */
    NDArray forward(final NDArray x, final Fusion fusion) {
      final NDArray normed = norm1.forward(x);
      final int heads = config.numAttentionHeads();
      final NDArray attention = // (B, H, L, d)
          TorchOps.causalAttention(
              Heads.split(query.forward(normed, fusion), heads),
              Heads.split(key.forward(normed, fusion), heads),
              Heads.split(value.forward(normed, fusion), heads));
      final NDArray y = x.add(out.forward(Heads.join(attention), fusion));
      final NDArray hidden = TorchOps.quickGelu(fc1.forward(norm2.forward(y), fusion));
      return y.add(fc2.forward(hidden, fusion));
    }
  }
}
