package io.loralake.jobs.runtime;

import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.Sketcher;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;

/** Sketchers that outlive tasks: a JVM makes as many as it has task slots, each once. */
public final class SketcherPool {
  private static final IdlePool<Sketcher> IDLE = new IdlePool<>(Sketcher::close);

  private SketcherPool() {}

  /** A sketcher for exclusive use until {@link #give} takes it back. */
  public static Sketcher take(final FluxConfig model, final ProbeSet probeSet) {
    return IDLE.take(kind(model, probeSet))
        .orElseGet(() -> new Sketcher(LayerTable.of(model), probeSet));
  }

  public static void give(
      final FluxConfig model, final ProbeSet probeSet, final Sketcher sketcher) {
    IDLE.give(kind(model, probeSet), sketcher);
  }

  private static String kind(final FluxConfig model, final ProbeSet probeSet) {
    return probeSet.id() + " " + model.toJson();
  }
}
