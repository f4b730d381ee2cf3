package io.loralake.jobs.evaluate.retrieval;

import ai.djl.ndarray.NDManager;
import io.loralake.alignment.TextSpace;
import io.loralake.jobs.evaluate.Splits;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.Vectors;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** What finds adapters without looking at their weights: chance, perfect captions, file names. */
final class Baselines {
  /** How many principal directions of the texts are kept where they are whitened. */
  static final int DIRECTIONS = 32;

  private final List<KnownAdapter> adapters;
  private final Splits splits;
  private final Consumer<Row> sink;
  private final int forms; // captions that every adapter has

  Baselines(final List<KnownAdapter> adapters, final Splits splits, final Consumer<Row> sink) {
    this.adapters = adapters;
    this.splits = splits;
    this.sink = sink;
    this.forms = adapters.stream().mapToInt(it -> it.texts().size()).min().orElse(0);
  }

  void measure() {
    chance();
    words();
  }

  /** What random orders give: of few adapters more of them, or luck would show. */
  private void chance() {
    final Random random = new Random(0);
    final int orders = Math.max(20, 6_000 / adapters.size());
    for (final String split : splits.heldOut().keySet()) {
      final Answers answers = new Answers();
      final Set<String> held = splits.heldOut().get(split);
      final float[][] candidates = new float[adapters.size()][];
      for (final KnownAdapter right : adapters) {
        if (held.contains(right.combination()) && right.isFull()) {
          for (int form = 0; form < orders; form++) {
            for (int i = 0; i < candidates.length; i++) {
              candidates[i] = new float[] {random.nextFloat()};
            }
            answers.add(new float[] {1}, right, adapters, candidates);
          }
        }
      }
      sink.accept(new Row(RetrievalEvaluation.MAIN, "chance", split, 0, answers.all()));
    }
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
      try (NDManager manager = PyTorch.manager()) {
        final TextSpace raw = TextSpace.raw(known);
        if (forms > 1) { // else a caption would be compared with itself
          captions(split, held, raw, "", manager);
          final TextSpace white = TextSpace.whitened(known, DIRECTIONS, manager);
          if (white.dimension() == DIRECTIONS) { // fewer texts span fewer
            captions(split, held, white, ", whitened to " + DIRECTIONS, manager);
          }
        }
        metadata(split, held, raw, manager);
      }
    }
  }

  private void captions(
      final String split,
      final Set<String> held,
      final TextSpace space,
      final String ending,
      final NDManager manager) {
    words("one caption against another" + ending, split, held, space, true, manager);
    if (adapters.stream().anyMatch(it -> it.texts().size() > 2)) { // else it is the same
      words("a caption against the others" + ending, split, held, space, false, manager);
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
    for (int form = 0; form < forms; form++) {
      final int left = form;
      final float[][] candidates =
          space.map(
              adapters.stream()
                  .map(it -> single ? next(it, left) : others(it, left))
                  .toArray(float[][]::new),
              manager);
      Arrays.setAll(candidates, i -> Vectors.unit(candidates[i]));
      for (final KnownAdapter right : adapters) {
        if (held.contains(right.combination()) && right.isFull()) {
          final float[][] query = space.map(new float[][] {right.texts().get(form)}, manager);
          answers.add(query[0], right, adapters, candidates);
        }
      }
    }
    sink.accept(new Row(RetrievalEvaluation.MAIN, name, split, 0, answers.all()));
  }

  private static float[] next(final KnownAdapter adapter, final int form) {
    return adapter.texts().get((form + 1) % adapter.texts().size());
  }

  private static float[] others(final KnownAdapter adapter, final int left) {
    final List<float[]> rest =
        IntStream.range(0, adapter.texts().size())
            .filter(i -> i != left)
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
    Arrays.setAll(candidates, i -> Vectors.unit(candidates[i]));
    for (final KnownAdapter right : adapters) {
      if (held.contains(right.combination()) && right.isFull()) {
        for (final float[] query : space.map(right.texts().toArray(float[][]::new), manager)) {
          answers.add(query, right, adapters, candidates);
        }
      }
    }
    sink.accept(
        new Row(RetrievalEvaluation.MAIN, "the catalog's own metadata", split, 0, answers.all()));
  }
}
