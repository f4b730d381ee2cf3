package io.loralake.jobs.evaluate.retrieval;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.jobs.evaluate.Splits;
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
import java.util.stream.Stream;

/**
 * The questions that a real lake asks of a head: few captions, wrong ones, adapters that lack
 * layers, other strengths, merged files, styles and subjects that were never trained on.
 */
final class LakeQuestions {
  private final RetrievalEvaluation evaluation;
  private final List<KnownAdapter> adapters;
  private final Splits splits;
  private final SketchChanges changes;
  private final Function<List<String>, float[][]> sentences;
  private final Consumer<Row> sink;

  LakeQuestions(
      final RetrievalEvaluation evaluation,
      final List<KnownAdapter> adapters,
      final Splits splits,
      final SketchChanges changes,
      final Function<List<String>, float[][]> sentences,
      final Consumer<Row> sink) {
    this.evaluation = evaluation;
    this.adapters = adapters;
    this.splits = splits;
    this.changes = changes;
    this.sentences = sentences;
    this.sink = sink;
  }

  void ask(final Head head) throws IOException {
    sizes(head);
    captions(head);
    otherwise(head);
    merged(head);
    unknown(head);
  }

  private void sizes(final Head head) throws IOException {
    final int all = adapters.size();
    final int least = evaluation.leastTraining();
    final int[] sizes =
        IntStream.concat(IntStream.of(30, 60, 120).filter(size -> size < least), IntStream.of(all))
            .toArray();
    for (final int size : sizes) {
      evaluation.run(
          evaluation
              .plain(
                  "training adapters", "%s, %s".formatted(head.name(), size == all ? "all" : size))
              .withTraining(training -> sample(training, size)),
          head);
    }
    evaluation.run(
        evaluation
            .plain("captions", head.name() + ", a third captioned")
            .withTraining(training -> sample(training, training.size() / 3)),
        head);
  }

  private static List<KnownAdapter> sample(final List<KnownAdapter> training, final int size) {
    final List<KnownAdapter> order = new ArrayList<>(training);
    Collections.shuffle(order, new Random(size));
    return List.copyOf(order.subList(0, Math.min(size, order.size())));
  }

  /** Adapters that look otherwise than those that were trained on. */
  private void otherwise(final Head head) throws IOException {
    final List<Setting> questions = new ArrayList<>(incomplete(head));
    questions.addAll(strength(head));
    evaluation.run(questions, head);
  }

  /** Held-out adapters that lose layers, and those of the zoo that have only some. */
  private List<Setting> incomplete(final Head head) {
    final List<Setting> questions = new ArrayList<>();
    questions.add(lose(head, "attention layers alone", layer -> layer.contains("attn")));
    questions.add(lose(head, "double blocks alone", layer -> layer.startsWith("double_blocks")));
    questions.add(lose(head, "single blocks alone", layer -> layer.startsWith("single_blocks")));
    adapters.stream()
        .filter(it -> !it.isFull())
        .map(it -> it.truth().kind())
        .distinct()
        .sorted()
        .map(
            kind ->
                evaluation
                    .plain("incomplete", head.name() + ", of kind " + kind)
                    .withAsked(it -> kind.equals(it.truth().kind())))
        .forEach(questions::add);
    return questions;
  }

  private Setting lose(final Head head, final String what, final Predicate<String> layers) {
    return evaluation
        .plain("incomplete", head.name() + ", " + what)
        .withCandidates(it -> changes.only(it.sketch(), layers));
  }

  private List<Setting> strength(final Head head) {
    return Stream.of(0.5f, 2f)
        .map(
            factor ->
                evaluation
                    .plain("strength", head.name() + ", strength x " + factor)
                    .withCandidates(it -> changes.scaled(it.sketch(), factor)))
        .toList();
  }

  private void captions(final Head head) throws IOException {
    if (evaluation.leastTraining() / 5 > 1) { // else none has another's captions
      evaluation.run(
          evaluation
              .plain("captions", head.name() + ", a fifth of the captions wrong")
              .withTraining(LakeQuestions::wrong),
          head);
    }
    if (!tellApart(LakeQuestions::subject)) {
      return; // nothing could be learned from them
    }
    evaluation.run(
        evaluation
            .plain("captions", head.name() + ", captions name the subject only")
            .withTraining(
                training ->
                    training.stream()
                        .map(it -> it.withTexts(List.of(sentences.apply(List.of(subject(it)))[0])))
                        .toList()),
        head);
  }

  /** Whether every split leaves several of these to be trained on. */
  private boolean tellApart(final Function<KnownAdapter, String> what) {
    return splits.heldOut().values().stream()
        .allMatch(
            held ->
                adapters.stream()
                        .filter(it -> !held.contains(it.combination()))
                        .map(what)
                        .distinct()
                        .count()
                    > 1);
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

  /** Two held-out adapters of other style and subject in one file, asked for by both names. */
  private void merged(final Head head) throws IOException {
    for (final String split : splits.heldOut().keySet()) {
      final Set<String> held = splits.heldOut().get(split);
      final List<KnownAdapter> parts =
          adapters.stream().filter(it -> it.isFull() && held.contains(it.combination())).toList();
      for (final long seed : evaluation.seeds(head)) {
        try (AdapterEncoder encoder =
            evaluation.train(head, evaluation.plain("", ""), held, seed)) {
          final Answers answers = new Answers();
          final float[][] candidates =
              encoder.embed(adapters.stream().map(KnownAdapter::sketch).toList());
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
                new Row("merged", head.name() + ", two in one file", split, seed, answers.all()));
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
        if (adapters.stream().allMatch(it -> held.contains(it.combination()))) {
          continue; // nothing would be left to learn from
        }
        try (AdapterEncoder encoder = evaluation.train(head, evaluation.plain("", ""), held, 0)) {
          evaluation.ask(encoder, evaluation.plain("", ""), held, answers);
        }
      }
      if (!answers.all().isEmpty()) {
        final String name = style ? ", a style never trained on" : ", a subject never trained on";
        sink.accept(new Row("unknown", head.name() + name, "all", 0, answers.all()));
      }
    }
  }
}
