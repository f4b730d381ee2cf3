package io.loralake.jobs.runtime;

import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.Sketcher;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Sketchers that outlive tasks: a JVM makes as many as it has task slots, each once. */
public final class SketcherPool {
  private static final Map<String, Queue<Sketcher>> IDLE = new ConcurrentHashMap<>();

  private SketcherPool() {}

  /** A sketcher for exclusive use until {@link #give} takes it back. */
  public static Sketcher take(final FluxConfig model, final ProbeSet probeSet) {
    final Sketcher idle = queue(model, probeSet).poll();
    return idle != null ? idle : new Sketcher(LayerTable.of(model), probeSet);
  }

  public static void give(
      final FluxConfig model, final ProbeSet probeSet, final Sketcher sketcher) {
    queue(model, probeSet).add(sketcher);
  }

  private static Queue<Sketcher> queue(final FluxConfig model, final ProbeSet probeSet) {
    return IDLE.computeIfAbsent(
        probeSet.id() + " " + model.toJson(), key -> new ConcurrentLinkedQueue<>());
  }
}
