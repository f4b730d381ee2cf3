package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.PictureRequest;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.model.Fusion;
import io.loralake.output.Pictures;
import io.loralake.tensor.TorchOps;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** How often what the base paints belongs to the subject it was asked for. */
public final class BaseProof {
  private static final int BATCH = 32;
  private static final int CAPTION = 1; // "a red apple"

  private final BaseModel base;
  private final PictureClassifier classifier;

  /** Takes no ownership of the models. */
  public BaseProof(final BaseModel base, final PictureClassifier classifier) {
    this.base = base;
    this.classifier = classifier;
  }

  /**
   * A set of pictures judged.
   *
   * @param pictures how many
   * @param subjectTop1 share whose likeliest subject, of 20, is the right one
   * @param styleTop1 share whose likeliest style, of 16, is the right one
   * @param nearestTop1 share that are nearer to the drawing that belongs to the caption than to any
   *     other of the set, by squared error
   */
  public record Result(int pictures, double subjectTop1, double styleTop1, double nearestTop1) {}

  /** Judges the pictures themselves: what the classifier can see at best. */
  public Result real(final List<LabPicture> pictures) {
    return judge(pictures, pixels(pictures)::range);
  }

  /** Judges what the base paints for the pictures' captions, each with a seed of its own. */
  public Result painted(final List<LabPicture> pictures, final SamplingDefaults sampling) {
    final List<String> prompts =
        pictures.stream().map(picture -> picture.facts().captions().get(CAPTION)).toList();
    return judge(
        pictures, (manager, from, to) -> paint(manager, prompts, from, to, sampling).clip(-1, 1));
  }

  /** Paints one picture for each prompt, with the seeds 0, 1, ... */
  public List<BufferedImage> paint(final List<String> prompts, final SamplingDefaults sampling) {
    final List<BufferedImage> images = new ArrayList<>();
    for (int from = 0; from < prompts.size(); from += BATCH) {
      final int to = Math.min(prompts.size(), from + BATCH);
      try (NDManager manager = base.manager().newSubManager()) {
        final NDArray pictures = paint(manager, prompts, from, to, sampling);
        for (int i = 0; i < to - from; i++) {
          images.add(Pictures.of(pictures.get(i)));
        }
      }
    }
    return images;
  }

  /** The prompts of the lab's contact sheet. */
  public static List<String> prompts() throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                BaseProof.class.getResourceAsStream("prompts.txt"), StandardCharsets.UTF_8))) {
      return lines.lines().toList();
    }
  }

  private NDArray paint(
      final NDManager manager,
      final List<String> prompts,
      final int from,
      final int to,
      final SamplingDefaults sampling) {
    final List<PictureRequest> requests =
        IntStream.range(from, to)
            .mapToObj(
                i ->
                    new PictureRequest(
                        prompts.get(i),
                        "",
                        i,
                        sampling.width(),
                        sampling.height(),
                        sampling.steps(),
                        sampling.guidance(),
                        sampling.trueGuidance()))
            .toList();
    return base.pipeline().generate(manager, requests, Fusion.NONE, (step, steps) -> {});
  }

  @FunctionalInterface
  private interface Source {
    /** (B, 3, 32, 32), -1 to 1. */
    NDArray of(NDManager manager, int from, int to);
  }

  private static PixelBatch pixels(final List<LabPicture> pictures) {
    return new PixelBatch(pictures.stream().map(LabPicture::pixels).toList(), LabPicture.SIDE);
  }

  private Result judge(final List<LabPicture> pictures, final Source source) {
    int subjects = 0;
    int styles = 0;
    int nearest = 0;
    try (NDManager judging = base.manager().newSubManager()) {
      final NDArray all = pixels(pictures).range(judging, 0, pictures.size());
      for (int from = 0; from < pictures.size(); from += BATCH) {
        final int to = Math.min(pictures.size(), from + BATCH);
        try (NDManager manager = judging.newSubManager();
            NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          final NDArray shown = source.of(manager, from, to);
          final PictureClassifier.Verdict verdict = classifier.judge(shown);
          final long[] nearestOf = nearest(shown, all);
          final List<Subject> subject = verdict.subjects();
          final List<Style> style = verdict.styles();
          for (int i = from; i < to; i++) {
            final PictureFacts facts = pictures.get(i).facts();
            subjects += subject.get(i - from).id().equals(facts.subject()) ? 1 : 0;
            styles += style.get(i - from).id().equals(facts.style()) ? 1 : 0;
            nearest += nearestOf[i - from] == i ? 1 : 0;
          }
        }
      }
    }
    final double count = pictures.size();
    return new Result(pictures.size(), subjects / count, styles / count, nearest / count);
  }

  /** Of each of (B, 3, 32, 32), which of (N, 3, 32, 32) has the smallest squared error: (B). */
  private static long[] nearest(final NDArray shown, final NDArray all) {
    final NDArray a = shown.reshape(shown.getShape().get(0), -1);
    final NDArray b = all.reshape(all.getShape().get(0), -1);
    final NDArray product = a.matMul(b.transpose()); // |a - b|^2 = |a|^2 - 2 a b + |b|^2
    return b.square().sum(new int[] {1}).sub(TorchOps.scaled(product, 2)).argMin(1).toLongArray();
  }
}
