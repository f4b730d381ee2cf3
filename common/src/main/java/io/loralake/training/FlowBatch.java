package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.Noise;
import io.loralake.model.Fusion;
import io.loralake.tensor.Tap;
import java.util.random.RandomGenerator;

/**
 * A batch of the flow-matching objective (rectified flow): on the straight way from picture to
 * noise the model is to predict the constant velocity.
 *
 * @param latents packed and scaled, x (B, N, 64)
 * @param noise e (B, N, 64), from N(0, 1)
 * @param timesteps t (B): 0 = picture, 1 = noise
 * @param txt token states, (B, T, context_in_dim)
 * @param vec pooled text, (B, vec_in_dim)
 */
public record FlowBatch(
    NDArray latents, NDArray noise, NDArray timesteps, NDArray txt, NDArray vec) {
  /** What the published recipes feed a base with guidance embedding while they train. */
  private static final float GUIDANCE = 1;

  /** Timesteps as training draws them: sigmoid of N(0, 1). */
  public static float[] logitNormal(final RandomGenerator random, final int count) {
    final float[] timesteps = new float[count];
    for (int i = 0; i < count; i++) {
      timesteps[i] = (float) (1 / (1 + Math.exp(-random.nextGaussian())));
    }
    return timesteps;
  }

  /**
   * The same batch with each number of the texts' features times 1 + sigma z, z from N(0, 1): what
   * is learned for a caption is learned for its neighbourhood.
   */
  public FlowBatch withTextNoise(final RandomGenerator random, final float sigma) {
    return new FlowBatch(
        latents,
        noise,
        timesteps,
        varied(txt, random.nextLong(), sigma),
        varied(vec, random.nextLong(), sigma));
  }

  private static NDArray varied(final NDArray features, final long seed, final float sigma) {
    final float[] factors = Noise.gaussian(seed, (int) features.size());
    for (int i = 0; i < factors.length; i++) {
      factors[i] = 1 + sigma * factors[i];
    }
    return features.mul(features.getManager().create(factors, features.getShape()));
  }

  /** (1 - t) x + t e, (B, N, 64). */
  public NDArray noisy() {
    return latents.add(velocity().mul(timesteps.reshape(new Shape(-1, 1, 1))));
  }

  /** e - x, (B, N, 64). */
  public NDArray velocity() {
    return noise.sub(latents);
  }

  /**
   * Mean squared error of the predicted velocity for each sample, (B).
   *
   * @param pe as {@link FluxTransformer#forward} takes it
   */
  public NDArray losses(final FluxTransformer model, final NDArray pe, final Fusion fusion) {
    final NDArray guidance = // (B)
        model.config().guidanceEmbed()
            ? timesteps.getManager().full(timesteps.getShape(), GUIDANCE)
            : null;
    final NDArray predicted =
        model.forward(noisy(), txt, pe, timesteps, vec, guidance, fusion, Tap.NONE);
    return predicted
        .sub(velocity())
        .square()
        .reshape(latents.getShape().get(0), -1)
        .mean(new int[] {1});
  }
}
