package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.training.AdamW;
import io.loralake.training.CosineSchedule;
import io.loralake.training.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Trains the picture classifier on the lab's pictures of a subject, mildly augmented. */
public final class ClassifierTraining {
  private static final double LEARNING_RATE = 2e-3;
  private static final double CLIP = 1;
  private static final double EMA = 0.995;

  /** Pictures a step. */
  public static final int BATCH = 64;

  private static final int JUDGED_AT_ONCE = 128;

  private final int steps;
  private final int threads;
  private final int seed;
  private final Examples train;
  private final Examples kept;

  private record Examples(PixelBatch pixels, int[] styles, int[] subjects, List<Boolean> mirrors) {
    static Examples of(final List<LabPicture> pictures) {
      return new Examples(
          new PixelBatch(pictures.stream().map(LabPicture::pixels).toList(), LabPicture.SIDE),
          pictures.stream().mapToInt(p -> Style.ofId(p.facts().style()).ordinal()).toArray(),
          pictures.stream().mapToInt(p -> Subject.ofId(p.facts().subject()).ordinal()).toArray(),
          pictures.stream().map(p -> p.facts().mirrorable()).toList());
    }

    int count() {
      return styles.length;
    }
  }

  /**
   * @param pictures of all styles; those without a subject are passed over
   * @param seed of weights and batches
   */
  public ClassifierTraining(
      final List<LabPicture> pictures, final int steps, final int threads, final int seed) {
    final List<LabPicture> useful =
        pictures.stream().filter(picture -> picture.facts().subject() != null).toList();
    this.train = Examples.of(useful.stream().filter(p -> !p.facts().kept()).toList());
    this.kept = Examples.of(useful.stream().filter(p -> p.facts().kept()).toList());
    this.steps = steps;
    this.threads = threads;
    this.seed = seed;
  }

  /** Trains to the end, or goes on from the checkpoint in {@code folder}. */
  public Weights run(final NDManager manager, final Path folder, final Consumer<String> log)
      throws IOException {
    final Weights weights =
        Weights.random(PictureClassifier.layout(), manager, Precision.F32, seed);
    new TrainingRun<PictureClassifier>(
            new TrainingRun.Options(
                new CosineSchedule(LEARNING_RATE, steps / 20, steps, 0),
                AdamW.Options.DEFAULT.withWeightDecay(0.05),
                threads,
                CLIP,
                EMA,
                500,
                100,
                500),
            folder,
            "classifier seed " + seed + " " + train.count() + " pictures",
            log)
        .run(
            manager,
            weights.arrays(),
            handles -> new PictureClassifier(Weights.of(manager, Precision.F32, handles)),
            this::loss,
            averages ->
                accuracy(
                    manager, new PictureClassifier(Weights.of(manager, Precision.F32, averages))));
    return weights;
  }

  private NDArray loss(
      final PictureClassifier model,
      final NDManager manager,
      final int step,
      final int part,
      final int parts) {
    final SplittableRandom random =
        new SplittableRandom(seed * 1_000_003L + (long) step * parts + part);
    final int[] indices = random.ints(BATCH / parts, 0, train.count()).toArray();
    final View[] views =
        IntStream.of(indices)
            .mapToObj(i -> View.random(random, train.mirrors().get(i)))
            .toArray(View[]::new);
    final PictureClassifier.Verdict verdict =
        model.judge(train.pixels().of(manager, indices, views));
    return surprise(verdict.style(), train.styles(), indices)
        .add(surprise(verdict.subject(), train.subjects(), indices));
  }

  /** Mean negative log-likelihood of the right classes. */
  private static NDArray surprise(
      final NDArray logProbabilities, final int[] classes, final int[] indices) {
    final int[] right = IntStream.of(indices).map(i -> classes[i]).toArray();
    final NDArray oneHot =
        logProbabilities
            .getManager()
            .create(right)
            .oneHot((int) logProbabilities.getShape().get(1));
    return logProbabilities.mul(oneHot).sum(new int[] {1}).mean().neg();
  }

  /** Shares of kept pictures whose likeliest style and subject are right. */
  private Map<String, Double> accuracy(final NDManager manager, final PictureClassifier model) {
    int styles = 0;
    int subjects = 0;
    for (int from = 0; from < kept.count(); from += JUDGED_AT_ONCE) {
      final int to = Math.min(kept.count(), from + JUDGED_AT_ONCE);
      try (NDManager work = manager.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        final PictureClassifier.Verdict verdict = model.judge(kept.pixels().range(work, from, to));
        final List<Style> style = verdict.styles();
        final List<Subject> subject = verdict.subjects();
        for (int i = from; i < to; i++) {
          styles += style.get(i - from).ordinal() == kept.styles()[i] ? 1 : 0;
          subjects += subject.get(i - from).ordinal() == kept.subjects()[i] ? 1 : 0;
        }
      }
    }
    final Map<String, Double> shares = new LinkedHashMap<>();
    shares.put("kept_style_top1", (double) styles / kept.count());
    shares.put("kept_subject_top1", (double) subjects / kept.count());
    return shares;
  }
}
