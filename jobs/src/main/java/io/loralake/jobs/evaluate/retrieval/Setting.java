package io.loralake.jobs.evaluate.retrieval;

import io.loralake.encoder.SketchLayout;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * What is tried.
 *
 * @param group table that the row stands in
 * @param name of the row
 * @param layout of all sketches
 * @param sketches how adapters look
 * @param training which of the adapters that are not held out are trained on
 * @param candidates how adapters look that are asked for
 * @param asked which of the adapters that are held out are asked for
 */
record Setting(
    String group,
    String name,
    SketchLayout layout,
    Function<KnownAdapter, byte[]> sketches,
    UnaryOperator<List<KnownAdapter>> training,
    Function<KnownAdapter, byte[]> candidates,
    Predicate<KnownAdapter> asked) {

  /** Everything as it is; complete adapters are asked for. */
  static Setting plain(final String group, final String name, final SketchLayout layout) {
    return new Setting(
        group,
        name,
        layout,
        KnownAdapter::sketch,
        UnaryOperator.identity(),
        KnownAdapter::sketch,
        KnownAdapter::isFull);
  }

  Setting withTraining(final UnaryOperator<List<KnownAdapter>> other) {
    return new Setting(group, name, layout, sketches, other, candidates, asked);
  }

  /** All adapters look otherwise. */
  Setting withSketches(final SketchLayout others, final Function<KnownAdapter, byte[]> other) {
    return new Setting(group, name, others, other, training, other, asked);
  }

  /** The adapters that are asked for look otherwise. */
  Setting withCandidates(final Function<KnownAdapter, byte[]> other) {
    return new Setting(group, name, layout, sketches, training, other, asked);
  }

  Setting withAsked(final Predicate<KnownAdapter> other) {
    return new Setting(group, name, layout, sketches, training, candidates, other);
  }
}
