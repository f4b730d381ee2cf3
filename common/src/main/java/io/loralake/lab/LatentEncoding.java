package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.diffusion.LatentPacking;
import io.loralake.model.Fusion;
import io.loralake.text.PromptEncoder;
import io.loralake.text.TextFeatures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Encodes pictures and captions for a base model's training, once. */
public final class LatentEncoding {
  private static final int BATCH = 64;
  private static final int CAPTIONS = 1024;

  private final AutoEncoder autoEncoder;
  private final PromptEncoder prompts;

  /** Takes no ownership of the models. */
  public LatentEncoding(final AutoEncoder autoEncoder, final PromptEncoder prompts) {
    this.autoEncoder = autoEncoder;
    this.prompts = prompts;
  }

  /** Each picture as it is and mildly augmented. */
  public CaptionedLatents augmented(final NDManager manager, final List<LabPicture> pictures) {
    return encode(manager, pictures, picture -> View.near(picture.facts().mirrorable()));
  }

  /** Each picture as it is. */
  public CaptionedLatents plain(final NDManager manager, final List<LabPicture> pictures) {
    return encode(manager, pictures, picture -> List.of(View.PLAIN));
  }

  private CaptionedLatents encode(
      final NDManager manager,
      final List<LabPicture> pictures,
      final Function<LabPicture, List<View>> viewsOf) {
    final PixelBatch pixels =
        new PixelBatch(pictures.stream().map(LabPicture::pixels).toList(), LabPicture.SIDE);
    final Map<String, Integer> captionRows = new LinkedHashMap<>();
    captionRows.put("", CaptionedLatents.EMPTY_PROMPT);
    final List<Integer> indices = new ArrayList<>();
    final List<View> views = new ArrayList<>();
    final List<int[]> captions = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      final int[] rows =
          pictures.get(i).facts().captions().stream()
              .mapToInt(caption -> rowOf(caption, captionRows))
              .toArray();
      for (final View view : viewsOf.apply(pictures.get(i))) {
        indices.add(i);
        views.add(view);
        captions.add(rows);
      }
    }
    final TextFeatures text = text(manager, List.copyOf(captionRows.keySet()));
    return new CaptionedLatents(
        latents(manager, pixels, indices, views),
        text.txt(),
        text.vec(),
        captions.toArray(int[][]::new));
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
      final NDManager manager,
      final PixelBatch pixels,
      final List<Integer> indices,
      final List<View> views) {
    NDArray all = null;
    for (int from = 0; from < indices.size(); from += BATCH) {
      final int to = Math.min(indices.size(), from + BATCH);
      try (NDManager work = manager.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        final NDArray images =
            pixels.of(
                work,
                indices.subList(from, to).stream().mapToInt(Integer::intValue).toArray(),
                views.subList(from, to).toArray(View[]::new));
        final NDArray packed =
            LatentPacking.pack(autoEncoder.scale(autoEncoder.encode(images).mean()));
        if (all == null) {
          all = table(manager, indices.size(), packed);
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
