package io.loralake.lab;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.text.PromptEncoder;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.LatentEncoder;
import java.util.List;

/** Encodes the lab's pictures and their captions, once. */
public final class LatentEncoding {
  private final LatentEncoder encoder;

  /** Takes no ownership of the models. */
  public LatentEncoding(final AutoEncoder autoEncoder, final PromptEncoder prompts) {
    this.encoder = new LatentEncoder(autoEncoder, prompts);
  }

  /** Each picture as it is, with all its captions. */
  public CaptionedLatents encode(final NDManager manager, final List<LabPicture> pictures) {
    final PixelBatch pixels =
        new PixelBatch(pictures.stream().map(LabPicture::pixels).toList(), LabPicture.SIDE);
    return encoder.encode(
        manager,
        pictures.stream().map(picture -> picture.facts().captions()).toList(),
        LabPicture.SIDE * LabPicture.SIDE,
        pixels::range);
  }
}
