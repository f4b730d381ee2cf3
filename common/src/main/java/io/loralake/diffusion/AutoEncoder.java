package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.loralake.model.Checkpoint;
import io.loralake.model.Layout;
import io.loralake.model.WeightNaming;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;
import java.io.IOException;

/** Between pictures and latents (BFL {@code AutoEncoder}). Plain float32 comes in and goes out. */
public final class AutoEncoder {
  /** What ComfyUI puts before this model's names in a file that holds several models. */
  static final String PREFIX = "vae.";

  private static final float LOGVAR_MIN = -30;
  private static final float LOGVAR_MAX = 20;

  private final AutoEncoderConfig config;
  private final Weights weights;
  private final ImageEncoder encoder;
  private final ImageDecoder decoder;

  /** Takes no ownership of {@code weights}. */
  public AutoEncoder(final AutoEncoderConfig config, final Weights weights) {
    this.config = config;
    this.weights = weights;
    this.encoder = new ImageEncoder(config, weights);
    this.decoder = new ImageDecoder(config, weights);
  }

  /** Names and shapes of the weights, as in BFL's {@code ae.safetensors}. */
  public static Layout layout(final AutoEncoderConfig config) {
    final Layout layout = new Layout();
    ImageEncoder.layOut(layout, config);
    ImageDecoder.layOut(layout, config);
    return layout;
  }

  /**
   * Reads the weights from a checkpoint in BFL's or in diffusers' naming.
   *
   * @throws io.loralake.model.InvalidCheckpointException when they are not exactly this model's
   */
  public static Weights loadWeights(
      final AutoEncoderConfig config,
      final Checkpoint checkpoint,
      final NDManager parent,
      final Precision precision)
      throws IOException {
    final Checkpoint model = checkpoint.within(PREFIX);
    final WeightNaming naming =
        AutoEncoderDiffusersNaming.isUsedBy(model.names())
            ? new AutoEncoderDiffusersNaming(config)
            : WeightNaming.SAME;
    return Weights.load(layout(config), model, naming, parent, precision);
  }

  public AutoEncoderConfig config() {
    return config;
  }

  /** The weights that this model computes with. */
  public Weights weights() {
    return weights;
  }

  /**
   * The distribution of a picture's latent.
   *
   * @param mean (B, C, H/8, W/8)
   * @param logvar natural logarithm of the variance, -30 to 20, of the same shape
   */
  public record Posterior(NDArray mean, NDArray logvar) {
    /** mean + standard deviation x noise; gradients flow into both. */
    public NDArray sample(final NDArray noise) {
      return mean.add(TorchOps.scaled(logvar, 0.5).exp().mul(noise));
    }
  }

  /**
   * What the encoder says about a picture: mean and unclamped log-variance.
   *
   * @param image (B, 3, H, W) of -1 to 1; H and W are multiples of {@code config().downsampling()}
   * @return (B, 2 C, H/8, W/8)
   */
  public NDArray moments(final NDArray image) {
    return Precision.F32.of(encoder.forward(weights.precision().of(image)));
  }

  /** The same as a distribution. */
  public Posterior encode(final NDArray image) {
    final NDList parts = moments(image).split(2, 1);
    return new Posterior(parts.get(0), parts.get(1).clip(LOGVAR_MIN, LOGVAR_MAX));
  }

  /** From the encoder's latent to what the transformer works with: (z - shift) scale. */
  public NDArray scale(final NDArray z) {
    return TorchOps.scaled(z.sub((float) config.shift()), config.scale());
  }

  /** The inverse of {@link #scale}. */
  public NDArray unscale(final NDArray latent) {
    return TorchOps.scaled(latent, 1 / config.scale()).add((float) config.shift());
  }

  /** latent (B, C, H/8, W/8), unscaled -> image (B, 3, H, W), about -1 to 1, not clamped. */
  public NDArray decode(final NDArray z) {
    return Precision.F32.of(decoder.forward(weights.precision().of(z)));
  }

  /** Frees {@code before}, from which {@code after} was made. */
  static NDArray replace(final NDArray before, final NDArray after) {
    before.close();
    return after;
  }
}
