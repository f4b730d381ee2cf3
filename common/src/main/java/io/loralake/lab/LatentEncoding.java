package io.loralake.lab;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.text.PromptEncoder;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.LatentEncoder;
import java.util.ArrayList;
import java.util.List;

/** Encodes the lab's pictures and their captions, once. */
public final class LatentEncoding {
  private final LatentEncoder encoder;

  /** Takes no ownership of the models. */
  public LatentEncoding(final AutoEncoder autoEncoder, final PromptEncoder prompts) {
    this.encoder = new LatentEncoder(autoEncoder, prompts);
  }

  /** Each picture as it is and moved by a pixel. */
  public CaptionedLatents augmented(final NDManager manager, final List<LabPicture> pictures) {
    return encode(manager, pictures, View.near());
  }

  /** Each picture as it is. */
  public CaptionedLatents plain(final NDManager manager, final List<LabPicture> pictures) {
    return encode(manager, pictures, List.of(View.PLAIN));
  }

  private CaptionedLatents encode(
      final NDManager manager, final List<LabPicture> pictures, final List<View> nearby) {
    final PixelBatch pixels =
        new PixelBatch(pictures.stream().map(LabPicture::pixels).toList(), LabPicture.SIDE);
    final List<Integer> indices = new ArrayList<>();
    final List<View> views = new ArrayList<>();
    final List<List<String>> captions = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      for (final View view : nearby) {
        indices.add(i);
        views.add(view);
        captions.add(pictures.get(i).facts().captions());
      }
    }
    return encoder.encode(
        manager,
        captions,
        LabPicture.SIDE * LabPicture.SIDE,
        (work, from, to) ->
            pixels.of(
                work,
                indices.subList(from, to).stream().mapToInt(Integer::intValue).toArray(),
                views.subList(from, to).toArray(View[]::new)));
  }
}
