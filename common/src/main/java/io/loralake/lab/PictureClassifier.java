package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.AutoEncoderConfig;
import io.loralake.diffusion.ImageEncoder;
import io.loralake.model.Checkpoint;
import io.loralake.model.Layout;
import io.loralake.model.WeightNaming;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Says which style and which subject a picture of the lab shows: a measure of generated pictures.
 * The convolutions are those of an auto-encoder's encoder; what are moments there are scores here.
 */
public final class PictureClassifier {
  static final int STYLES = Style.values().length;
  static final int SUBJECTS = Subject.values().length;

  private static final AutoEncoderConfig CONFIG =
      new AutoEncoderConfig(3, List.of(16, 32, 64, 64), 1, (STYLES + SUBJECTS) / 2, 8, 1, 0);

  private final ImageEncoder network;

  /** Takes no ownership of {@code weights}. */
  public PictureClassifier(final Weights weights) {
    this.network = new ImageEncoder(CONFIG, weights);
  }

  /** Names and shapes of the weights. */
  public static Layout layout() {
    final Layout layout = new Layout();
    ImageEncoder.layOut(layout, CONFIG);
    return layout;
  }

  /** Reads the weights that {@link Weights#save} wrote. */
  public static Weights load(final Path file, final NDManager manager) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      return Weights.load(layout(), checkpoint, WeightNaming.SAME, manager, Precision.F32);
    }
  }

  /**
   * What a batch of pictures shows.
   *
   * @param style logarithms of probabilities, (B, styles) in the order of {@link Style}
   * @param subject logarithms of probabilities, (B, subjects) in the order of {@link Subject}
   */
  public record Verdict(NDArray style, NDArray subject) {
    /** The likeliest style of each picture. */
    public List<Style> styles() {
      return best(style).mapToObj(i -> Style.values()[i]).toList();
    }

    /** The likeliest subject of each picture. */
    public List<Subject> subjects() {
      return best(subject).mapToObj(i -> Subject.values()[i]).toList();
    }

    private static IntStream best(final NDArray scores) {
      return Arrays.stream(scores.argMax(1).toLongArray()).mapToInt(i -> (int) i);
    }
  }

  /** pictures (B, 3, 32, 32), -1 to 1. */
  public Verdict judge(final NDArray pictures) {
    final NDArray scores =
        network.forward(pictures).mean(new int[] {3}).mean(new int[] {2}); // (B, both)
    return new Verdict(
        scores.get(":, :" + STYLES).logSoftmax(1), scores.get(":, " + STYLES + ":").logSoftmax(1));
  }
}
