package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.LatentPacking;
import io.loralake.model.Fusion;
import io.loralake.text.TextFeatures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns pictures and captions into what a flow model trains on, each of them once. */
public final class LatentMaker {
  private static final int BATCH = 16;
  private static final String EMPTY_PROMPT = "";

  private final BaseModel base;
  private final int width;
  private final int height;

  /**
   * @param width of all pictures, a multiple of the base's granularity
   * @param height likewise
   */
  public LatentMaker(final BaseModel base, final int width, final int height) {
    this.base = base;
    this.width = width;
    this.height = height;
  }

  /**
   * Encodes pictures (the mean of what the auto-encoder says, scaled and packed) and captions.
   *
   * @param pictures one at least
   * @param manager owns the result
   */
  public CaptionedLatents make(final NDManager manager, final List<TrainingPicture> pictures) {
    final Map<String, Integer> rows = new LinkedHashMap<>();
    rows.put(EMPTY_PROMPT, 0);
    final int[][] captions = new int[pictures.size()][];
    for (int i = 0; i < captions.length; i++) {
      captions[i] =
          pictures.get(i).captions().stream()
              .mapToInt(caption -> rows.computeIfAbsent(caption, text -> rows.size()))
              .toArray();
    }
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray latents = latents(manager, pictures);
      final TextFeatures text = text(manager, List.copyOf(rows.keySet()));
      NDScope.unregister(latents, text.txt(), text.vec());
      return new CaptionedLatents(latents, text.txt(), text.vec(), captions);
    }
  }

  private NDArray latents(final NDManager manager, final List<TrainingPicture> pictures) {
    final AutoEncoder autoEncoder = base.autoEncoder();
    final NDList parts = new NDList();
    for (int from = 0; from < pictures.size(); from += BATCH) {
      final List<TrainingPicture> batch =
          pictures.subList(from, Math.min(pictures.size(), from + BATCH));
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        final NDArray mean = autoEncoder.encode(images(manager, batch)).mean();
        final NDArray packed = LatentPacking.pack(autoEncoder.scale(mean));
        NDScope.unregister(packed);
        parts.add(packed);
      }
    }
    return concat(parts);
  }

  /** (B, 3, height, width). */
  private NDArray images(final NDManager manager, final List<TrainingPicture> pictures) {
    final int size = 3 * width * height;
    final float[] values = new float[pictures.size() * size];
    for (int i = 0; i < pictures.size(); i++) {
      System.arraycopy(pictures.get(i).pixels(), 0, values, i * size, size);
    }
    return manager.create(values, new Shape(pictures.size(), 3, height, width));
  }

  private TextFeatures text(final NDManager manager, final List<String> captions) {
    final List<TextFeatures> parts = new ArrayList<>();
    for (int from = 0; from < captions.size(); from += BATCH) {
      parts.add(
          base.prompts()
              .encode(
                  manager,
                  captions.subList(from, Math.min(captions.size(), from + BATCH)),
                  Fusion.NONE));
    }
    return new TextFeatures(
        concat(new NDList(parts.stream().map(TextFeatures::txt).toList())),
        concat(new NDList(parts.stream().map(TextFeatures::vec).toList())));
  }

  private static NDArray concat(final NDList parts) {
    return parts.size() == 1 ? parts.head() : NDArrays.concat(parts, 0);
  }
}
