package io.loralake.jobs.evaluate.retrieval;

import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.RidgeTraining;
import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.evaluate.Splits;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Measures retrieval on a zoo of which the truth is known. Every row trains on what its split does
 * not hold out, asks with the captions of what is held out, and looks through all adapters.
 */
final class RetrievalEvaluation {
  static final String MAIN = "heads";

  private final List<KnownAdapter> adapters;
  private final SketchLayout layout;
  private final Splits splits;
  private final int seeds;
  private final ContrastiveOptions contrastive;
  private final Function<List<String>, float[][]> sentences;
  private final Consumer<Row> sink;
  private final SketchChanges changes;

  RetrievalEvaluation(
      final List<KnownAdapter> adapters,
      final SketchLayout layout,
      final Splits splits,
      final int seeds,
      final ContrastiveOptions contrastive,
      final Function<List<String>, float[][]> sentences,
      final Consumer<Row> sink) {
    this.adapters = adapters;
    this.layout = layout;
    this.splits = splits;
    this.seeds = seeds;
    this.contrastive = contrastive;
    this.sentences = sentences;
    this.sink = sink;
    this.changes = new SketchChanges(layout);
  }

  private List<Head> heads() {
    return List.of(
        new Head("ridge", false, Experiment.ridge(RidgeTraining.Options.DEFAULT)),
        new Head("contrastive", true, Experiment.contrastive(contrastive)));
  }

  /** The table of heads. */
  void compareHeads() throws IOException {
    new Baselines(adapters, splits, sink).measure();
    run(plain(MAIN, "ridge"), heads().get(0));
    whitened();
    run(
        plain(MAIN, "ridge, whole adapters only"),
        new Head(
            "ridge",
            false,
            Experiment.ridge(
                new RidgeTraining.Options(RidgeTraining.Options.DEFAULT.whiten(), 0))));
    run(plain(MAIN, "contrastive"), heads().get(1));
    run(
        plain(MAIN, "contrastive, whole adapters only"),
        new Head("contrastive", true, Experiment.contrastive(contrastive.withPartial(0))));
  }

  /** Left out where there are too few adapters for it: it would be ridge as it is. */
  private void whitened() throws IOException {
    final double partial = RidgeTraining.Options.DEFAULT.partialWeight();
    final int directions =
        RidgeTraining.directions(
            leastTraining(), new RidgeTraining.Options(Baselines.DIRECTIONS, partial));
    if (directions > 0) {
      run(
          plain(MAIN, "ridge, text whitened to " + directions),
          new Head(
              "ridge", false, Experiment.ridge(new RidgeTraining.Options(directions, partial))));
    }
  }

  /** How many adapters the split that holds out most leaves to be trained on. */
  int leastTraining() {
    return splits.heldOut().values().stream()
        .mapToInt(
            held -> (int) adapters.stream().filter(it -> !held.contains(it.combination())).count())
        .min()
        .orElse(adapters.size());
  }

  /**
   * Other probe sets and widths; the first probe of the catalog is its main one. Numbers of probes
   * that the catalog does not have are left out.
   */
  void compareSketches(final String name, final int[] probes, final int[] widths)
      throws IOException {
    for (final int p : IntStream.of(probes).filter(it -> it <= layout.probes()).toArray()) {
      for (final int width : widths) {
        final String title =
            "%s, P = %d, S = %s".formatted(name, p, width == Integer.MAX_VALUE ? "full" : width);
        for (final Head head : heads()) {
          final Function<KnownAdapter, byte[]> reduced =
              it -> changes.reduced(it.sketch(), p, width);
          run(
              plain("sketches", head.name() + ", " + title)
                  .withSketches(changes.layout(p, width), reduced),
              head);
        }
      }
    }
  }

  /** The questions that a real lake asks. */
  void askTheLake() throws IOException {
    final LakeQuestions questions =
        new LakeQuestions(this, adapters, splits, changes, sentences, sink);
    for (final Head head : heads()) {
      questions.ask(head);
    }
  }

  /** Everything as it is. */
  Setting plain(final String group, final String name) {
    return Setting.plain(group, name, layout);
  }

  long[] seeds(final Head head) {
    return LongStream.range(0, head.seeded() ? seeds : 1).toArray();
  }

  /** A row for each split and seed. */
  void run(final Setting setting, final Head head) throws IOException {
    run(List.of(setting), head);
  }

  /**
   * Rows of several settings for one training, since they train on the same adapters and differ in
   * what is asked.
   */
  void run(final List<Setting> settings, final Head head) throws IOException {
    for (final String split : splits.heldOut().keySet()) {
      final Set<String> held = splits.heldOut().get(split);
      for (final long seed : seeds(head)) {
        try (AdapterEncoder encoder = train(head, settings.get(0), held, seed)) {
          for (final Setting setting : settings) {
            final Answers answers = new Answers();
            ask(encoder, setting, held, answers);
            if (!answers.all().isEmpty()) {
              sink.accept(new Row(setting.group(), setting.name(), split, seed, answers.all()));
            }
          }
        }
      }
    }
  }

  /** Trains on what is not held out. */
  AdapterEncoder train(
      final Head head, final Setting setting, final Set<String> held, final long seed)
      throws IOException {
    final List<KnownAdapter> training =
        adapters.stream().filter(it -> !held.contains(it.combination())).toList();
    final List<TrainingAdapter> chosen =
        setting.training().apply(training).stream()
            .map(it -> it.withSketch(setting.sketches().apply(it)).toTraining())
            .toList();
    return head.experiment().train(chosen, setting.layout(), seed).open();
  }

  /** Every caption of every held-out combination that has an adapter to be asked for. */
  void ask(
      final AdapterEncoder encoder,
      final Setting setting,
      final Set<String> held,
      final Answers answers) {
    final float[][] candidates =
        encoder.embed(
            adapters.stream()
                .map(
                    it ->
                        held.contains(it.combination()) && setting.asked().test(it)
                            ? setting.candidates().apply(it)
                            : setting.sketches().apply(it))
                .toList());
    for (final KnownAdapter right : adapters) {
      if (held.contains(right.combination()) && setting.asked().test(right)) {
        final float[][] queries = encoder.embedTexts(right.texts().toArray(float[][]::new));
        for (final float[] query : queries) {
          answers.add(query, right, adapters, candidates);
        }
      }
    }
  }
}
