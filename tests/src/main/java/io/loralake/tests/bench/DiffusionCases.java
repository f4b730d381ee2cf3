package io.loralake.tests.bench;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.Gate;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.GateOptions;
import io.loralake.fusion.GatedStrategy;
import io.loralake.fusion.LearnedGates;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.fusion.Strategy;
import io.loralake.model.Fusion;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of the diffusion bench. Adapters are of rank 16 on all block layers; "fused" files have
 * one pair for a layer of the original model, "split" files one for each of q, k, v and mlp.
 */
final class DiffusionCases {
  private static final int OWN_BATCH = 8;

  private final MidSizeModel model;
  private final Peer peer;
  private final Path work;
  private final Precision precision;
  private final Clock clock;
  private final NDManager manager;
  private final LayerTable table;
  private final AdapterLoader loader;
  private int exchanges;

  DiffusionCases(
      final MidSizeModel model,
      final Peer peer,
      final Path work,
      final Precision precision,
      final Clock clock) {
    this.model = model;
    this.peer = peer;
    this.work = work;
    this.precision = precision;
    this.clock = clock;
    this.manager = model.manager();
    this.table = LayerTable.of(model.transformer().config());
    this.loader = new AdapterLoader(table, precision);
  }

  List<Case> all() throws IOException {
    final MidSizeModel.Inputs one = model.inputs(work, 1);
    final MidSizeModel.Inputs four = model.inputs(work, 4);
    final MidSizeModel.Inputs eight = model.inputs(work, OWN_BATCH);
    final Fusion own = ownAdapters("fused");
    final Fusion sum = shared("fused", 3, Strategy.SUM);
    final Fusion gated = shared("fused", 3, new GatedStrategy(gates()));
    final Fusion timed = shared("fused", 3, learned(new GateOptions(true, true, true, 0)));
    final Fusion folded = shared("fused", 3, learned(new GateOptions(false, true, true, 0)));
    return List.of(
        besidePeer("a", "base only", 1.05, "base", one, Fusion.NONE),
        besidePeer("a", "base only", 1.05, "base", four, Fusion.NONE),
        besidePeer("b", "one adapter, fused", 0.95, "one fused", one, shared("fused", 1)),
        besidePeer("b", "one adapter, split", 0.95, "one split", one, shared("split", 1)),
        besidePeer("b", "three adapters, fused", 0.8, "three fused", one, sum),
        besidePeer("b", "three adapters, split", 0.8, "three split", one, shared("split", 3)),
        besidePeer("c", "own adapters, batched", 0.9, "own batched", eight, own),
        besidePeer("c", "own adapters, one by one", 0.6, "own one by one", eight, own),
        new Case(
            "d",
            "exchange adapters",
            0.1,
            clock.millis(this::exchange),
            () -> peer.measure("exchange", 1),
            () -> Double.NaN),
        besideSum("gated as published", 1.15, one, gated, sum),
        besideSum("gated with time, divided", 1.15, one, timed, sum),
        besideSum("gated, bias only with time", 1.02, one, folded, sum));
  }

  /** Three gated adapters beside the same three added up. */
  private Case besideSum(
      final String title,
      final double target,
      final MidSizeModel.Inputs inputs,
      final Fusion gated,
      final Fusion sum) {
    return new Case(
        "e",
        title + ", beside our own sum",
        target,
        clock.millis(() -> model.forward(inputs, gated)),
        clock.millis(() -> model.forward(inputs, sum)),
        () -> Double.NaN);
  }

  /** Gates as a training starts them: their values do not matter to the time. */
  private LearnedGates learned(final GateOptions options) {
    final GateLayout layout = GateLayout.of(table);
    return new LearnedGates(
        options, layout, LearnedGates.initial(manager, options, layout, 0, 0), null);
  }

  /** A call of the model on both sides. */
  private Case besidePeer(
      final String name,
      final String title,
      final double target,
      final String theirs,
      final MidSizeModel.Inputs inputs,
      final Fusion fusion) {
    return new Case(
        name,
        title + ", batch " + inputs.batch(),
        target,
        clock.millis(() -> model.forward(inputs, fusion)),
        () -> peer.measure(theirs, inputs.batch()),
        () -> {
          final Path output = work.resolve("output.safetensors");
          peer.save(theirs, inputs.batch(), output);
          return model.difference(inputs, fusion, output);
        });
  }

  private Fusion shared(final String kind, final int count) throws IOException {
    return shared(kind, count, Strategy.SUM);
  }

  /** The first adapters of a kind, for all samples alike. */
  private Fusion shared(final String kind, final int count, final Strategy strategy)
      throws IOException {
    final List<ScaledAdapter> adapters = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      adapters.add(new ScaledAdapter(load(kind + i), 1));
    }
    return AdapterFusion.prepare(manager, List.of(adapters), strategy);
  }

  /** Sample i has adapter i. */
  private Fusion ownAdapters(final String kind) throws IOException {
    final List<List<ScaledAdapter>> samples = new ArrayList<>();
    for (int i = 0; i < OWN_BATCH; i++) {
      samples.add(List.of(new ScaledAdapter(load(kind + i), 1)));
    }
    return AdapterFusion.prepare(manager, samples, Strategy.SUM);
  }

  private LoadedAdapter load(final String name) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(work.resolve(name + ".safetensors"))) {
      return loader.load(name, file, manager);
    }
  }

  /** From the file to a fusion that is ready to use. */
  private void exchange() throws IOException {
    exchanges++;
    try (LoadedAdapter adapter = load("split" + exchanges % 2)) {
      AdapterFusion.prepare(manager, List.of(List.of(new ScaledAdapter(adapter, 1))), Strategy.SUM)
          .close();
    }
  }

  /** Random gates for every layer that has adapters, as the reference initialises them. */
  private Map<String, Gate> gates() {
    final Map<String, Gate> gates = new HashMap<>();
    for (final Layer layer : table.blockLayers()) {
      final Shape width = new Shape(layer.outDim());
      gates.put(
          layer.name(),
          Gate.of(
              name ->
                  precision.of(
                      name.equals("weight_out")
                          ? manager.ones(width)
                          : manager.randomNormal(width))));
    }
    return gates;
  }
}
