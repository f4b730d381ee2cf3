package io.loralake.diffusion;

import io.loralake.model.Layout;
import io.loralake.tensor.Precision;
import java.util.Formatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a base model will need, from its configuration alone: bytes of weights by part, and the
 * largest working set for a size and a batch. Tensors are counted as the code keeps them: until the
 * end of a block.
 */
public final class Preflight {
  /** Sides of the table's pictures, in quarters of the model's own. */
  private static final int[] QUARTERS = {2, 3, 4, 6, 8};

  private static final int[] BATCHES = {1, 2, 4, 8};

  private final ModelFolder folder;
  private final Precision precision;
  private final Map<String, Long> parameters = new LinkedHashMap<>();

  public Preflight(final ModelFolder folder, final Precision precision) {
    this.folder = folder;
    this.precision = precision;
    put("transformer", FluxTransformer.layout(folder.transformerConfig()));
    put("auto-encoder", AutoEncoder.layout(folder.autoEncoderConfig()));
    parameters.putAll(folder.text().parameters());
  }

  private void put(final String part, final Layout layout) {
    parameters.put(part, layout.parameters());
  }

  /** Bytes of each part's weights. */
  public Map<String, Long> weightBytes() {
    final Map<String, Long> bytes = new LinkedHashMap<>();
    parameters.forEach((part, count) -> bytes.put(part, count * precision.bytes()));
    return bytes;
  }

  /** Bytes of all weights. */
  public long totalWeightBytes() {
    return weightBytes().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Bytes of the text models' weights: they are not needed while a picture is painted. */
  public long textWeightBytes() {
    return precision.bytes()
        * folder.text().parameters().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Bytes that must be free for a batch of pictures: weights and the largest working set. */
  public long peakBytes(final int width, final int height, final int batch) {
    return totalWeightBytes() + workingBytes(width, height, batch);
  }

  /** Bytes of the largest working set of a batch of pictures, beside the weights. */
  public long workingBytes(final int width, final int height, final int batch) {
    return Math.max(transformerBytes(width, height, batch), decoderBytes(width, height, batch));
  }

  /**
   * A single block at its end: x and its two outputs, the modulated x, linear1 (q, k, v, MLP), q
   * and k normalised, q and k rotated (with their float32 copies), attention, the activated MLP,
   * and linear2's input.
   */
  private long transformerBytes(final int width, final int height, final int batch) {
    final int patch = folder.granularity();
    final long tokens = (long) (width / patch) * (height / patch) + folder.text().tokens();
    final long d = folder.transformerConfig().hiddenSize();
    final long mlp = folder.transformerConfig().mlpDim();
    final long kept = 4 * d + (3 * d + mlp) + 2 * d + 2 * d + d + mlp + (d + mlp);
    final long rotated = 4 * d * Float.BYTES;
    return batch * tokens * (kept * precision.bytes() + rotated);
  }

  /** The first residual block of the finest resolution, with twice the channels coming in. */
  private long decoderBytes(final int width, final int height, final int batch) {
    final AutoEncoderConfig config = folder.autoEncoderConfig();
    final long out = config.widths().get(0);
    final long in = config.widths().get(Math.min(1, config.widths().size() - 1));
    return (long) batch * width * height * (3 * in + 6 * out) * precision.bytes();
  }

  /**
   * The table that {@code paint --preflight} prints.
   *
   * @param available free bytes on the device
   */
  public String describe(final long available) {
    final Formatter text = new Formatter(Locale.ROOT);
    parameters.forEach(
        (part, count) ->
            text.format(
                "%-14s %,15d weights %10s%n", part, count, size(count * precision.bytes())));
    text.format(
        "%-14s %33s in %s, %s available%n%npeak",
        "all", size(totalWeightBytes()), precision, size(available));
    for (final int batch : BATCHES) {
      text.format("%14s", "batch " + batch);
    }
    for (final int quarters : QUARTERS) {
      final int side = side(quarters);
      text.format("%n%4d", side);
      for (final int batch : BATCHES) {
        final long peak = peakBytes(side, side, batch);
        text.format("%13s%s", size(peak), peak > available ? "!" : " ");
      }
    }
    return text.format("%n(! does not fit)%n").toString();
  }

  private int side(final int quarters) {
    final int patch = folder.granularity();
    return Math.max(1, folder.sampling().width() * quarters / (4 * patch)) * patch;
  }

  /** For messages: {@code 23.80 GB}, {@code 7.60 MB}. */
  public static String size(final long bytes) {
    return bytes < 100_000_000
        ? String.format(Locale.ROOT, "%.2f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
