package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.Fusion;
import io.loralake.tensor.Tap;

/** From noise to pictures under given conditions. Holds models that others own. */
public final class Sampler {
  private final FluxTransformer transformer;
  private final AutoEncoder autoEncoder;

  public Sampler(final FluxTransformer transformer, final AutoEncoder autoEncoder) {
    this.transformer = transformer;
    this.autoEncoder = autoEncoder;
  }

  FluxTransformer transformer() {
    return transformer;
  }

  AutoEncoder autoEncoder() {
    return autoEncoder;
  }

  /** Sides of a picture must be multiples of this many pixels: one token of the transformer. */
  public int granularity() {
    return 2 * autoEncoder.config().downsampling();
  }

  /** Channels of the latents that {@link #denoise} works on, before packing. */
  public int latentChannels() {
    return autoEncoder.config().latentChannels();
  }

  /**
   * Follows the velocity from noise to latents. The tap sees {@code velocity.i} and {@code
   * latents.(i+1)} of each step.
   *
   * @param noise packed latents at the first noise level, float32 (B, rows columns, 64)
   * @param sigmas noise levels, falling; one step leads from each to the next
   * @return packed latents at the last level, on the manager of {@code noise}
   */
  public NDArray denoise(
      final NDArray noise,
      final int rows,
      final int columns,
      final float[] sigmas,
      final Conditioning conditioning,
      final Fusion fusion,
      final Tap tap) {
    final NDManager manager = noise.getManager();
    final int txtTokens = (int) conditioning.text().txt().getShape().get(1);
    final NDArray pe =
        new RotaryEmbedding(transformer.config()).embed(manager, txtTokens, rows, columns);
    NDArray img = noise;
    for (int i = 0; i + 1 < sigmas.length; i++) {
      try (NDManager step = manager.newSubManager()) {
        final NDArray x = img.duplicate();
        x.attach(step);
        final NDArray velocity = velocity(x, sigmas[i], pe, conditioning, fusion);
        tap.see("velocity." + i, velocity);
        img =
            AutoEncoder.replace(img, FlowMatchEuler.step(img, velocity, sigmas[i], sigmas[i + 1]));
        tap.see("latents." + (i + 1), img);
      }
    }
    return img;
  }

  /** Everything made here belongs to the manager of {@code x}. */
  private NDArray velocity(
      final NDArray x,
      final float sigma,
      final NDArray pe,
      final Conditioning conditioning,
      final Fusion fusion) {
    final NDArray timesteps = x.getManager().full(new Shape(x.getShape().get(0)), sigma); // (B)
    final NDArray towards =
        transformer.forward(
            x,
            conditioning.text().txt(),
            pe,
            timesteps,
            conditioning.text().vec(),
            conditioning.guidance(),
            fusion,
            Tap.NONE);
    if (conditioning.negative() == null) {
      return towards;
    }
    final NDArray away =
        transformer.forward(
            x,
            conditioning.negative().txt(),
            pe,
            timesteps,
            conditioning.negative().vec(),
            conditioning.guidance(),
            fusion,
            Tap.NONE);
    return away.add(towards.sub(away).mul(conditioning.trueGuidance()));
  }

  /** Packed latents (B, rows columns, 64) -> (B, 3, height, width), about -1 to 1. */
  public NDArray decode(final NDArray img, final int rows, final int columns) {
    return autoEncoder.decode(autoEncoder.unscale(LatentPacking.unpack(img, rows, columns)));
  }
}
