package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.diffusion.LatentPacking;
import io.loralake.model.Fusion;
import io.loralake.tensor.PyTorchMemory;
import io.loralake.text.PromptEncoder;
import io.loralake.text.TextFeatures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns pictures and captions into what a flow model trains on, each of them once. */
public final class LatentEncoder {
  private static final int MAX_BATCH = 64;

  /** Pixels that are encoded at once: what a batch holds beside the models grows with them. */
  private static final int BATCH_PIXELS = 1 << 20;

  private static final int CAPTIONS = 16;

  private final AutoEncoder autoEncoder;
  private final PromptEncoder prompts;

  /** Takes no ownership of the models. */
  public LatentEncoder(final AutoEncoder autoEncoder, final PromptEncoder prompts) {
    this.autoEncoder = autoEncoder;
    this.prompts = prompts;
  }

  /** Pictures as they are needed. */
  @FunctionalInterface
  public interface Images {
    /** Pictures {@code from} to {@code to} as (B, 3, height, width), -1 to 1. */
    NDArray of(NDManager manager, int from, int to);
  }

  /**
   * Encodes pictures: the mean of what the auto-encoder says, scaled and packed.
   *
   * @param manager owns the result
   * @param captions of each picture
   * @param pixels of a picture
   */
  public CaptionedLatents encode(
      final NDManager manager,
      final List<List<String>> captions,
      final int pixels,
      final Images images) {
    return captioned(manager, captions, latents(manager, captions.size(), pixels, images));
  }

  /**
   * The latents of pictures in memory, all of one size.
   *
   * @return (pictures, N, 64), on {@code manager}
   */
  public NDArray latents(
      final NDManager manager,
      final List<TrainingPicture> pictures,
      final int width,
      final int height) {
    return latents(
        manager,
        pictures.size(),
        width * height,
        (work, from, to) -> {
          final int size = 3 * width * height;
          final float[] values = new float[(to - from) * size];
          for (int i = from; i < to; i++) {
            if (pictures.get(i).pixels().length != size) {
              throw new IllegalArgumentException(
                  "Picture %d has %d numbers, one of %dx%d has %d"
                      .formatted(i, pictures.get(i).pixels().length, width, height, size));
            }
            System.arraycopy(pictures.get(i).pixels(), 0, values, (i - from) * size, size);
          }
          return PyTorchMemory.copyOf(work, values, new Shape(to - from, 3, height, width));
        });
  }

  /**
   * Encodes captions, each text once.
   *
   * @param manager owns the result
   * @param captions of each picture
   * @param latents of the same pictures, (pictures, N, 64)
   */
  public CaptionedLatents captioned(
      final NDManager manager, final List<List<String>> captions, final NDArray latents) {
    final Map<String, Integer> rows = new LinkedHashMap<>();
    rows.put("", CaptionedLatents.EMPTY_PROMPT);
    final int[][] rowsOfPictures =
        captions.stream()
            .map(of -> of.stream().mapToInt(caption -> rowOf(caption, rows)).toArray())
            .toArray(int[][]::new);
    final TextFeatures text = text(manager, List.copyOf(rows.keySet()));
    return new CaptionedLatents(latents, text.txt(), text.vec(), rowsOfPictures);
  }

  /** Pictures in memory, all of one size, and their captions. */
  public CaptionedLatents encode(
      final NDManager manager,
      final List<TrainingPicture> pictures,
      final int width,
      final int height) {
    return captioned(
        manager,
        pictures.stream().map(TrainingPicture::captions).toList(),
        latents(manager, pictures, width, height));
  }

  private static int rowOf(final String caption, final Map<String, Integer> rows) {
    return rows.computeIfAbsent(caption, fresh -> rows.size());
  }

  private TextFeatures text(final NDManager manager, final List<String> captions) {
    TextFeatures all = null;
    for (int from = 0; from < captions.size(); from += CAPTIONS) {
      final int to = Math.min(captions.size(), from + CAPTIONS);
      try (NDManager work = manager.newSubManager()) {
        final TextFeatures part = prompts.encode(work, captions.subList(from, to), Fusion.NONE);
        if (all == null) {
          all =
              new TextFeatures(
                  table(manager, captions.size(), part.txt()),
                  table(manager, captions.size(), part.vec()));
        }
        final NDIndex rows = new NDIndex(from + ":" + to);
        all.txt().set(rows, part.txt());
        all.vec().set(rows, part.vec());
      }
    }
    return all;
  }

  /** Packed and scaled, (pictures, N, 64). */
  private NDArray latents(
      final NDManager manager, final int count, final int pixels, final Images images) {
    final int batch = Math.max(1, Math.min(MAX_BATCH, BATCH_PIXELS / pixels));
    NDArray all = null;
    for (int from = 0; from < count; from += batch) {
      final int to = Math.min(count, from + batch);
      try (NDManager work = manager.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        final NDArray mean = autoEncoder.encode(images.of(work, from, to)).mean();
        final NDArray packed = LatentPacking.pack(autoEncoder.scale(mean));
        if (all == null) {
          all = table(manager, count, packed);
          NDScope.unregister(all);
        }
        all.set(new NDIndex(from + ":" + to), packed);
      }
    }
    return all;
  }

  /** Room for {@code count} rows like those of {@code part}. */
  private static NDArray table(final NDManager manager, final int count, final NDArray part) {
    return manager.zeros(new Shape(count).addAll(part.getShape().slice(1)));
  }
}
