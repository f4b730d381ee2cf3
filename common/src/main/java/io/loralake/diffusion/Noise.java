package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorchMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.SplittableRandom;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * Gaussian noise that depends on nothing but its seed: not on the device, the batch, the thread or
 * the Java version (Box-Muller over the specified {@code SplittableRandom}).
 */
public final class Noise {
  private Noise() {}

  /** A seed that depends on a seed and a key alone: the head of their SHA-256. */
  public static long seed(final long seed, final String key) {
    final MessageDigest digest = DigestUtils.getSha256Digest();
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).flip());
    return ByteBuffer.wrap(digest.digest(key.getBytes(StandardCharsets.UTF_8))).getLong();
  }

  /** Independent N(0, 1) numbers. */
  public static float[] gaussian(final long seed, final int count) {
    final SplittableRandom random = new SplittableRandom(seed);
    final float[] values = new float[count];
    for (int i = 0; i < count; i += 2) {
      final double radius = Math.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
      final double angle = 2 * Math.PI * random.nextDouble();
      values[i] = (float) (radius * StrictMath.cos(angle));
      if (i + 1 < count) {
        values[i + 1] = (float) (radius * StrictMath.sin(angle));
      }
    }
    return values;
  }

  /** A batch of latents, each from its own seed: (seeds, C, h, w). */
  static NDArray latents(
      final NDManager manager, final long[] seeds, final int channels, final int h, final int w) {
    final int size = channels * h * w;
    final float[] values = new float[seeds.length * size];
    for (int i = 0; i < seeds.length; i++) {
      System.arraycopy(gaussian(seeds[i], size), 0, values, i * size, size);
    }
    return PyTorchMemory.copyOf(manager, values, new Shape(seeds.length, channels, h, w));
  }
}
