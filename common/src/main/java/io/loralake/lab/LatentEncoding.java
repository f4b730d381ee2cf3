package io.loralake.lab;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.text.PromptEncoder;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.LatentEncoder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Encodes the lab's pictures and their captions, once. */
public final class LatentEncoding {
  private final LatentEncoder encoder;

  /** Takes no ownership of the models. */
  public LatentEncoding(final AutoEncoder autoEncoder, final PromptEncoder prompts) {
    this.encoder = new LatentEncoder(autoEncoder, prompts);
  }

  /** All pictures, with their captions. */
  public CaptionedLatents of(final NDManager manager, final List<LabPicture> pictures) {
    final PixelBatch pixels =
        new PixelBatch(pictures.stream().map(LabPicture::pixels).toList(), LabPicture.SIDE);
    return encoder.encode(
        manager,
        pictures.stream().map(picture -> picture.facts().captions()).toList(),
        LabPicture.SIDE * LabPicture.SIDE,
        (work, from, to) -> pixels.of(work, IntStream.range(from, to).toArray(), plain(to - from)));
  }

  private static View[] plain(final int count) {
    final View[] views = new View[count];
    Arrays.fill(views, View.PLAIN);
    return views;
  }
}
