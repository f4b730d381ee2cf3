package io.loralake.jobs.evaluate;

import ai.djl.ndarray.NDManager;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.RidgeTraining;
import io.loralake.alignment.TextSpace;
import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.SketchLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Asks the questions of a lake on a zoo of which the truth is known. Every row trains on what its
 * split does not hold out, asks with the captions of what is held out, and looks through all
 * adapters.
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

  /** A head that is compared: its name, whether seeds matter to it, and how it is trained. */
  private record Head(String name, boolean seeded, Experiment experiment) {}

  private List<Head> heads() {
    return List.of(
        new Head("ridge", false, Experiment.ridge(RidgeTraining.Options.DEFAULT)),
        new Head("contrastive", true, Experiment.contrastive(contrastive)));
  }

  /** Which adapters are trained on, how they look, and what is asked. */
  private record Setting(
      String group,
      String name,
      SketchLayout layout,
      Function<KnownAdapter, byte[]> sketches,
      Function<List<KnownAdapter>, List<KnownAdapter>> training,
      Function<KnownAdapter, byte[]> candidates,
      Predicate<KnownAdapter> asked) {}

  private Setting plain(final String group, final String name) {
    return new Setting(
        group,
        name,
        layout,
        KnownAdapter::sketch,
        training -> training,
        KnownAdapter::sketch,
        KnownAdapter::isFull);
  }

  /** The table of heads. */
  void compareHeads() throws IOException {
    chance();
    words();
    run(plain(MAIN, "ridge"), heads().get(0));
    run(
        plain(MAIN, "ridge, text whitened to 32"),
        new Head("ridge", false, Experiment.ridge(new RidgeTraining.Options(32, partialWeight()))));
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
        new Head("contrastive", true, Experiment.contrastive(wholeOnly())));
  }

  private static double partialWeight() {
    return RidgeTraining.Options.DEFAULT.partialWeight();
  }

  private ContrastiveOptions wholeOnly() {
    return contrastive.withPartial(0);
  }

  /** Other probe sets and widths; the first probe of the catalog is its main one. */
  void compareSketches(final String name, final int[] probes, final int[] widths)
      throws IOException {
    for (final int p : probes) {
      for (final int width : widths) {
        final String title =
            "%s, P = %d, S = %s".formatted(name, p, width == Integer.MAX_VALUE ? "full" : width);
        for (final Head head : heads()) {
          final Function<KnownAdapter, byte[]> reduced =
              it -> changes.reduced(it.sketch(), p, width);
          run(
              new Setting(
                  "sketches",
                  head.name + ", " + title,
                  changes.layout(p, width),
                  reduced,
                  training -> training,
                  reduced,
                  KnownAdapter::isFull),
              head);
        }
      }
    }
  }

  /** The questions that a real lake asks. */
  void askTheLake() throws IOException {
    for (final Head head : heads()) {
      sizes(head);
      incomplete(head);
      captions(head);
      strength(head);
      merged(head);
      unknown(head);
    }
  }

  private void sizes(final Head head) throws IOException {
    final int all = adapters.size();
    for (final int size : new int[] {30, 60, 120, all}) {
      run(
          with(
              plain("training adapters", "%s, %s".formatted(head.name, size == all ? "all" : size)),
              training -> sample(training, size)),
          head);
    }
    run(
        with(
            plain("captions", head.name + ", a third captioned"),
            training -> sample(training, training.size() / 3)),
        head);
  }

  private static List<KnownAdapter> sample(final List<KnownAdapter> training, final int size) {
    final List<KnownAdapter> order = new ArrayList<>(training);
    Collections.shuffle(order, new Random(size));
    return List.copyOf(order.subList(0, Math.min(size, order.size())));
  }

  private static Setting with(
      final Setting setting, final Function<List<KnownAdapter>, List<KnownAdapter>> training) {
    return new Setting(
        setting.group,
        setting.name,
        setting.layout,
        setting.sketches,
        training,
        setting.candidates,
        setting.asked);
  }

  /** Held-out adapters that lose layers, and those of the zoo that have only some. */
  private void incomplete(final Head head) throws IOException {
    final Predicate<String> attention = layer -> layer.contains("attn");
    final Predicate<String> doubles = layer -> layer.startsWith("double_blocks");
    final Predicate<String> singles = layer -> layer.startsWith("single_blocks");
    lose(head, "attention layers alone", attention);
    lose(head, "double blocks alone", doubles);
    lose(head, "single blocks alone", singles);
    final Set<String> kinds =
        adapters.stream()
            .filter(it -> !it.isFull())
            .map(it -> it.truth().kind())
            .collect(Collectors.toCollection(TreeSet::new));
    for (final String kind : kinds) {
      final Setting setting = plain("incomplete", head.name + ", of kind " + kind);
      run(
          new Setting(
              setting.group,
              setting.name,
              layout,
              setting.sketches,
              setting.training,
              setting.candidates,
              it -> kind.equals(it.truth().kind())),
          head);
    }
  }

  private void lose(final Head head, final String what, final Predicate<String> layers)
      throws IOException {
    final Setting setting = plain("incomplete", head.name + ", " + what);
    run(
        new Setting(
            setting.group,
            setting.name,
            layout,
            setting.sketches,
            setting.training,
            it -> changes.only(it.sketch(), layers),
            setting.asked),
        head);
  }

  private void captions(final Head head) throws IOException {
    run(
        with(
            plain("captions", head.name + ", a fifth of the captions wrong"),
            RetrievalEvaluation::wrong),
        head);
    run(
        with(
            plain("captions", head.name + ", captions name the subject only"),
            training ->
                training.stream()
                    .map(it -> it.withTexts(List.of(sentences.apply(List.of(subject(it)))[0])))
                    .toList()),
        head);
  }

  private static String subject(final KnownAdapter adapter) {
    return adapter.truth().subject().replace('-', ' ');
  }

  /** Every fifth adapter gets the captions of the next fifth. */
  private static List<KnownAdapter> wrong(final List<KnownAdapter> training) {
    final List<KnownAdapter> order = new ArrayList<>(training);
    Collections.shuffle(order, new Random(5));
    final int count = order.size() / 5;
    final List<KnownAdapter> changed = new ArrayList<>(order);
    for (int i = 0; i < count; i++) {
      changed.set(i, order.get(i).withTexts(order.get((i + 1) % count).texts()));
    }
    return changed;
  }

  private void strength(final Head head) throws IOException {
    for (final float factor : new float[] {0.5f, 2}) {
      final Setting setting = plain("strength", head.name + ", strength x " + factor);
      run(
          new Setting(
              setting.group,
              setting.name,
              layout,
              setting.sketches,
              setting.training,
              it -> changes.scaled(it.sketch(), factor),
              setting.asked),
          head);
    }
  }

  /** Two held-out adapters of other style and subject in one file, asked for by both names. */
  private void merged(final Head head) throws IOException {
    for (final String split : splits.heldOut().keySet()) {
      final Set<String> held = splits.heldOut().get(split);
      final List<KnownAdapter> parts =
          adapters.stream().filter(it -> it.isFull() && held.contains(it.combination())).toList();
      for (final long seed : seeds(head)) {
        try (AdapterEncoder encoder = train(head, plain("", ""), held, seed).open()) {
          final Answers answers = new Answers();
          final float[][] candidates = embed(encoder, adapters, KnownAdapter::sketch);
          for (int i = 0; i < parts.size(); i++) {
            final KnownAdapter a = parts.get(i);
            final KnownAdapter b = parts.get((i + parts.size() / 2) % parts.size());
            if (a.truth().style().equals(b.truth().style())
                || a.truth().subject().equals(b.truth().subject())) {
              continue;
            }
            final String prompt =
                a.truth().captions().get(0) + " and " + b.truth().captions().get(0);
            final List<KnownAdapter> all = new ArrayList<>(adapters);
            final KnownAdapter both = a.withSketch(changes.merged(a, b));
            all.add(both);
            final float[][] vectors = Arrays.copyOf(candidates, all.size());
            vectors[adapters.size()] = encoder.embed(List.of(both.sketch()))[0];
            answers.add(
                encoder.embedTexts(sentences.apply(List.of(prompt)))[0],
                a.truth(),
                all,
                vectors,
                it -> it == both,
                it ->
                    !it.combination().equals(a.combination())
                        && !it.combination().equals(b.combination()));
          }
          if (!answers.all().isEmpty()) {
            sink.accept(
                new Row("merged", head.name + ", two in one file", split, seed, answers.all()));
          }
        }
      }
    }
  }

  /** All adapters of one style, or of one subject, are held out. */
  private void unknown(final Head head) throws IOException {
    for (final boolean style : new boolean[] {true, false}) {
      final Function<KnownAdapter, String> what =
          it -> style ? it.truth().style() : it.truth().subject();
      final Answers answers = new Answers();
      for (final String one :
          adapters.stream().map(what).collect(Collectors.toCollection(TreeSet::new))) {
        final Set<String> held =
            adapters.stream()
                .filter(it -> what.apply(it).equals(one))
                .map(KnownAdapter::combination)
                .collect(Collectors.toSet());
        try (AdapterEncoder encoder = train(head, plain("", ""), held, 0).open()) {
          ask(encoder, plain("", ""), held, answers);
        }
      }
      sink.accept(
          new Row(
              "unknown",
              head.name + (style ? ", a style never trained on" : ", a subject never trained on"),
              "all",
              0,
              answers.all()));
    }
  }

  private long[] seeds(final Head head) {
    return LongStream.range(0, head.seeded ? seeds : 1).toArray();
  }

  private void run(final Setting setting, final Head head) throws IOException {
    for (final String split : splits.heldOut().keySet()) {
      final Set<String> held = splits.heldOut().get(split);
      for (final long seed : seeds(head)) {
        try (AdapterEncoder encoder = train(head, setting, held, seed).open()) {
          final Answers answers = new Answers();
          ask(encoder, setting, held, answers);
          if (!answers.all().isEmpty()) {
            sink.accept(new Row(setting.group, setting.name, split, seed, answers.all()));
          }
        }
      }
    }
  }

  private EncoderArtifact train(
      final Head head, final Setting setting, final Set<String> held, final long seed)
      throws IOException {
    final List<KnownAdapter> training =
        adapters.stream().filter(it -> !held.contains(it.combination())).toList();
    final List<TrainingAdapter> chosen =
        setting.training.apply(training).stream()
            .map(it -> it.withSketch(setting.sketches.apply(it)).toTraining())
            .toList();
    return head.experiment.train(chosen, setting.layout, seed);
  }

  /** Every caption of every held-out combination that has an adapter to be asked for. */
  private void ask(
      final AdapterEncoder encoder,
      final Setting setting,
      final Set<String> held,
      final Answers answers) {
    final float[][] candidates =
        embed(
            encoder,
            adapters,
            it ->
                held.contains(it.combination()) && setting.asked.test(it)
                    ? setting.candidates.apply(it)
                    : setting.sketches.apply(it));
    for (final KnownAdapter right : adapters) {
      if (held.contains(right.combination()) && setting.asked.test(right)) {
        final float[][] queries = encoder.embedTexts(right.texts().toArray(float[][]::new));
        for (final float[] query : queries) {
          answers.add(
              query,
              right.truth(),
              adapters,
              candidates,
              it -> it == right,
              it -> !it.combination().equals(right.combination()));
        }
      }
    }
  }

  private static float[][] embed(
      final AdapterEncoder encoder,
      final List<KnownAdapter> adapters,
      final Function<KnownAdapter, byte[]> sketches) {
    return encoder.embed(adapters.stream().map(sketches).toList());
  }

  /** What a random order gives. */
  private void chance() {
    final Random random = new Random(0);
    for (final String split : splits.heldOut().keySet()) {
      final Answers answers = new Answers();
      final Set<String> held = splits.heldOut().get(split);
      final float[][] candidates = new float[adapters.size()][];
      for (final KnownAdapter right : adapters) {
        if (held.contains(right.combination()) && right.isFull()) {
          for (int form = 0; form < 20; form++) {
            for (int i = 0; i < candidates.length; i++) {
              candidates[i] = new float[] {random.nextFloat()};
            }
            add(answers, new float[] {1}, right, candidates);
          }
        }
      }
      sink.accept(new Row(MAIN, "chance", split, 0, answers.all()));
    }
  }

  private void add(
      final Answers answers,
      final float[] query,
      final KnownAdapter right,
      final float[][] candidates) {
    answers.add(
        query,
        right.truth(),
        adapters,
        candidates,
        it -> it == right,
        it -> !it.combination().equals(right.combination()));
  }

  /** What words alone give: perfect captions, and what the files themselves say. */
  private void words() {
    for (final String split : splits.heldOut().keySet()) {
      final Set<String> held = splits.heldOut().get(split);
      final List<float[]> known =
          adapters.stream()
              .filter(it -> !held.contains(it.combination()))
              .flatMap(it -> it.texts().stream())
              .toList();
      try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
        final TextSpace raw = TextSpace.raw(known);
        final TextSpace white = TextSpace.whitened(known, 32, manager);
        words("one caption against another", split, held, raw, true, manager);
        words("one caption against another, whitened to 32", split, held, white, true, manager);
        words("a caption against four others", split, held, raw, false, manager);
        words("a caption against four others, whitened to 32", split, held, white, false, manager);
        metadata(split, held, raw, manager);
      }
    }
  }

  /** A caption is compared with the next form, or with the mean of all other forms. */
  private void words(
      final String name,
      final String split,
      final Set<String> held,
      final TextSpace space,
      final boolean single,
      final NDManager manager) {
    final Answers answers = new Answers();
    final int forms = adapters.stream().mapToInt(it -> it.texts().size()).min().orElse(0);
    for (int form = 0; form < forms; form++) {
      final int left = form;
      final float[][] candidates =
          space.map(
              adapters.stream()
                  .map(it -> single ? next(it, left) : others(it, left))
                  .toArray(float[][]::new),
              manager);
      unit(candidates);
      for (final KnownAdapter right : adapters) {
        if (held.contains(right.combination()) && right.isFull()) {
          final float[][] query = space.map(new float[][] {right.texts().get(form)}, manager);
          add(answers, query[0], right, candidates);
        }
      }
    }
    sink.accept(new Row(MAIN, name, split, 0, answers.all()));
  }

  private static float[] next(final KnownAdapter adapter, final int form) {
    return adapter.texts().get((form + 1) % adapter.texts().size());
  }

  private static float[] others(final KnownAdapter adapter, final int left) {
    final List<float[]> rest =
        IntStream.range(0, adapter.texts().size())
            .filter(i -> i != left || adapter.texts().size() == 1)
            .mapToObj(adapter.texts()::get)
            .toList();
    final float[] mean = new float[rest.get(0).length];
    for (final float[] text : rest) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += text[i] / rest.size();
      }
    }
    return mean;
  }

  private void metadata(
      final String split, final Set<String> held, final TextSpace space, final NDManager manager) {
    final Answers answers = new Answers();
    final float[][] candidates =
        space.map(adapters.stream().map(KnownAdapter::metadata).toArray(float[][]::new), manager);
    unit(candidates);
    for (final KnownAdapter right : adapters) {
      if (held.contains(right.combination()) && right.isFull()) {
        for (final float[] query : space.map(right.texts().toArray(float[][]::new), manager)) {
          add(answers, query, right, candidates);
        }
      }
    }
    sink.accept(new Row(MAIN, "the catalog's own metadata", split, 0, answers.all()));
  }

  private static void unit(final float[][] rows) {
    for (final float[] row : rows) {
      double squares = 0;
      for (final float value : row) {
        squares += (double) value * value;
      }
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) (row[i] / Math.sqrt(squares + 1e-12));
      }
    }
  }
}
