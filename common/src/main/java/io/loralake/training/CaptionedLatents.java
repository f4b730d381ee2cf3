package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.Noise;
import io.loralake.tensor.TensorData;
import io.loralake.tensor.TorchOps;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a flow model trains on: latents of pictures, and the text features of their captions. Row 0
 * of the captions is the empty prompt.
 *
 * @param latents packed and scaled, (pictures, N, 64)
 * @param txt token states, (captions, T, context_in_dim)
 * @param vec pooled text, (captions, vec_in_dim)
 * @param captions rows of the captions of each picture
 */
public record CaptionedLatents(NDArray latents, NDArray txt, NDArray vec, int[][] captions) {
  static final int EMPTY_PROMPT = 0;

  /** For a file that others read; {@code captions} and {@code caption_counts} are flat. */
  public Map<String, TensorData> tensors(final String prefix) {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(prefix + "latents", floats(latents));
    tensors.put(prefix + "txt", floats(txt));
    tensors.put(prefix + "vec", floats(vec));
    final long[] rows = Stream.of(captions).flatMapToInt(IntStream::of).asLongStream().toArray();
    final long[] counts = Stream.of(captions).mapToLong(of -> of.length).toArray();
    tensors.put(prefix + "captions", TensorData.ofLongs(rows, rows.length));
    tensors.put(prefix + "caption_counts", TensorData.ofLongs(counts, counts.length));
    return tensors;
  }

  private static TensorData floats(final NDArray array) {
    return TensorData.ofFloats(array.toFloatArray(), array.getShape().getShape());
  }

  /** A random batch; a share of the captions is replaced by the empty prompt. */
  public FlowBatch draw(
      final NDManager manager,
      final SplittableRandom random,
      final int count,
      final double emptyShare) {
    final int[] pictures = random.ints(count, 0, captions.length).toArray();
    final int[] rows =
        IntStream.of(pictures)
            .map(
                picture ->
                    random.nextDouble() < emptyShare
                        ? EMPTY_PROMPT
                        : captions[picture][random.nextInt(captions[picture].length)])
            .toArray();
    return batch(manager, pictures, rows, FlowBatch.logitNormal(random, count), random.nextLong());
  }

  /** Pictures {@code from} to {@code to} with their first captions, the same at every call. */
  public FlowBatch fixed(final NDManager manager, final int from, final int to) {
    final int[] pictures = IntStream.range(from, to).toArray();
    final int[] rows = IntStream.of(pictures).map(picture -> captions[picture][0]).toArray();
    final SplittableRandom random = new SplittableRandom(from);
    return batch(
        manager, pictures, rows, FlowBatch.logitNormal(random, to - from), random.nextLong());
  }

  /** Chosen pictures with chosen captions and timesteps; the noise follows from the seed. */
  public FlowBatch batch(
      final NDManager manager,
      final int[] pictures,
      final int[] rows,
      final float[] timesteps,
      final long seed) {
    final NDArray x = gather(manager, latents, pictures);
    return new FlowBatch(
        x,
        manager.create(Noise.gaussian(seed, (int) x.size()), x.getShape()),
        manager.create(timesteps),
        gather(manager, txt, rows),
        gather(manager, vec, rows));
  }

  private static NDArray gather(final NDManager manager, final NDArray table, final int[] rows) {
    final Shape shape = table.getShape();
    final NDArray flat = table.reshape(shape.get(0), -1);
    final long[] ids = IntStream.of(rows).asLongStream().toArray();
    return TorchOps.embedding(manager.create(ids), flat)
        .reshape(new Shape(rows.length).addAll(shape.slice(1)));
  }
}
