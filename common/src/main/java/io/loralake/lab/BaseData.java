package io.loralake.lab;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.diffusion.AutoEncoderConfig;
import io.loralake.model.Checkpoint;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.text.MiniLmConfig;
import io.loralake.text.MiniLmEncoder;
import io.loralake.training.CaptionedLatents;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What the base model learns from and is judged by: the pictures of the base styles, encoded.
 *
 * <p>None is mirrored or moved: that would be a second answer to the same caption, and a small
 * model then paints neither.
 *
 * @param train pictures that the base learns by heart
 * @param kept pictures that no training sees
 * @param side latent tokens along each side of a picture
 */
public record BaseData(CaptionedLatents train, CaptionedLatents kept, int side) {
  /**
   * People, signs and clocks: a third of the pictures, which no adapter is about. A small model
   * draws the others better without them.
   */
  private static final Set<String> LEFT_OUT = Set.of("people-body", "symbols", "flags", "time");

  /**
   * Encodes the pictures; auto-encoder and text model are gone afterwards.
   *
   * @param manager owns the result
   * @param shards folder of the lab's pictures
   * @param base folder with {@code ae.safetensors}
   */
  public static BaseData encode(final NDManager manager, final Path shards, final Path base)
      throws IOException {
    final List<LabPicture> pictures =
        PictureShards.readAll(shards).stream()
            .filter(picture -> Style.ofId(picture.facts().style()).isBase())
            .filter(picture -> !isLeftOut(picture.facts()))
            .toList();
    final AutoEncoderConfig config = AutoEncoderConfig.load(base.resolve("ae.json"));
    try (Checkpoint file = Checkpoint.open(base.resolve("ae.safetensors"));
        Weights weights = AutoEncoder.loadWeights(config, file, manager, Precision.F32);
        MiniLmEncoder text = new MiniLmEncoder(MiniLmConfig.LAB, warning -> {})) {
      final LatentEncoding encoding = new LatentEncoding(new AutoEncoder(config, weights), text);
      final Predicate<LabPicture> kept = picture -> picture.facts().kept();
      return new BaseData(
          encoding.encode(manager, pictures.stream().filter(kept.negate()).toList()),
          encoding.encode(manager, pictures.stream().filter(kept).toList()),
          LabPicture.SIDE / (2 * config.downsampling()));
    }
  }

  private static boolean isLeftOut(final PictureFacts facts) {
    return LEFT_OUT.contains(facts.group()) || LEFT_OUT.contains(facts.subgroup());
  }
}
