package io.loralake.fusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Gathers the factors that groups of samples have for one layer into one {@link Branch}. */
final class BranchBuilder {
  private final NDManager manager;
  private final String layer;
  private final List<List<ScaledAdapter>> groups;
  private final double layerScale;
  private final PreparedGates.Layer gates;
  private final Shape deltaShape; // (d_out, d_in)
  private final Precision precision;
  private final Map<Rows, Integer> widths; // of a sum
  private final Slots slots; // of a gated sum

  /**
   * @param manager owner of what is gathered
   * @param groups each group's adapters; one at least has the layer
   * @param layerScale what all of them are multiplied by here
   * @param gates of the layer; null where adapters add up
   * @throws IllegalArgumentException when adapters give the layer different widths
   */
  BranchBuilder(
      final NDManager manager,
      final String layer,
      final List<List<ScaledAdapter>> groups,
      final double layerScale,
      final PreparedGates.Layer gates) {
    this.manager = manager;
    this.layer = layer;
    this.groups = groups;
    this.layerScale = layerScale;
    this.gates = gates;
    final ScaledAdapter first = groups.stream().flatMap(this::here).findFirst().orElseThrow();
    this.deltaShape = factors(first).deltaShape();
    this.precision = first.adapter().precision();
    groups.stream().flatMap(this::here).forEach(term -> checkWidths(first, term));
    this.widths = gates == null ? widths() : Map.of();
    this.slots = gates == null ? new Slots(new long[0], new int[0]) : slots();
  }

  /** The adapters of a group that have this layer. */
  private Stream<ScaledAdapter> here(final List<ScaledAdapter> terms) {
    return terms.stream().filter(this::hasLayer);
  }

  private boolean hasLayer(final ScaledAdapter term) {
    return term.adapter().layers().containsKey(layer);
  }

  private void checkWidths(final ScaledAdapter first, final ScaledAdapter term) {
    if (!factors(term).deltaShape().equals(deltaShape)) {
      throw new IllegalArgumentException(
          "Adapters %s and %s change '%s' with different widths: %s and %s"
              .formatted(
                  first.adapter().id(),
                  term.adapter().id(),
                  layer,
                  deltaShape,
                  factors(term).deltaShape()));
    }
  }

  private Factors factors(final ScaledAdapter term) {
    return term.adapter().layers().get(layer);
  }

  /** Bytes that the branch will take, at most. */
  long bytes() {
    final long in = deltaShape.get(1);
    final long summed =
        widths.entrySet().stream()
            .mapToLong(entry -> entry.getValue() * (entry.getKey().rows() + in))
            .sum();
    final long gated = IntStream.of(slots.widths).sum() * (deltaShape.get(0) + in);
    return groups.size() * (summed + gated) * precision.bytes();
  }

  /** Gathers. */
  Branch build() {
    return gates == null ? sum() : gated();
  }

  /** The rows of B that a block covers; blocks with the same rows are gathered side by side. */
  private record Rows(int row, int rows) {}

  /** A branch that adds its adapters up; shares their arrays where nothing has to be joined. */
  private SumBranch sum() {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDList a = new NDList();
      final NDList b = new NDList();
      for (final List<ScaledAdapter> terms : groups) {
        final NDList aBlocks = new NDList();
        final NDList bBlocks = new NDList();
        widths.forEach(
            (rows, width) -> {
              aBlocks.add(blockOfA(terms, rows, width));
              bBlocks.add(blockOfB(terms, rows, width).reshape(1, -1));
            });
        a.add(Factors.join(aBlocks, 0).expandDims(0));
        b.add(Factors.join(bBlocks, 1));
      }
      return new SumBranch(
          keep(Factors.join(a, 0)), keep(Factors.join(b, 0)), keep(blocks(widths)));
    }
  }

  /** How many columns the blocks of certain rows have together in a group, at most. */
  private Map<Rows, Integer> widths() {
    final Map<Rows, Integer> widths = new LinkedHashMap<>();
    for (final List<ScaledAdapter> terms : groups) {
      final Map<Rows, Integer> own = new LinkedHashMap<>();
      for (final ScaledAdapter term : here(terms).toList()) {
        for (final Factors.Part part : factors(term).parts()) {
          own.merge(rowsOf(part), part.block().columns(), Integer::sum);
        }
      }
      own.forEach((rows, width) -> widths.merge(rows, width, Math::max));
    }
    return widths;
  }

  private static Rows rowsOf(final Factors.Part part) {
    return new Rows(part.block().row(), part.block().rows());
  }

  /** (width, d_in), filled up with zeros. */
  private NDArray blockOfA(final List<ScaledAdapter> terms, final Rows rows, final int width) {
    final NDList parts = new NDList();
    int used = 0;
    for (final ScaledAdapter term : here(terms).toList()) {
      for (final Factors.Part part : factors(term).parts()) {
        if (rowsOf(part).equals(rows)) {
          parts.add(factors(term).rowsOfA(part.block()));
          used += part.block().columns();
        }
      }
    }
    if (used < width) {
      parts.add(zeros(width - used, deltaShape.get(1)));
    }
    return Factors.join(parts, 0);
  }

  /** (rows, width), filled up with zeros. */
  private NDArray blockOfB(final List<ScaledAdapter> terms, final Rows rows, final int width) {
    final NDList parts = new NDList();
    int used = 0;
    for (final ScaledAdapter term : here(terms).toList()) {
      for (final Factors.Part part : factors(term).parts()) {
        if (rowsOf(part).equals(rows)) {
          parts.add(scaled(part.b(), term.scale() * layerScale));
          used += part.block().columns();
        }
      }
    }
    if (used < width) {
      parts.add(zeros(rows.rows(), width - used));
    }
    return Factors.join(parts, 1);
  }

  private NDArray blocks(final Map<Rows, Integer> widths) {
    final long[] numbers = new long[4 * widths.size()];
    int i = 0;
    long column = 0;
    for (final Map.Entry<Rows, Integer> entry : widths.entrySet()) {
      numbers[i++] = entry.getKey().row();
      numbers[i++] = entry.getKey().rows();
      numbers[i++] = column;
      numbers[i++] = entry.getValue();
      column += entry.getValue();
    }
    return onCpu(new Shape(widths.size(), 4), numbers);
  }

  /** A branch in which every adapter has a gate. */
  private Branch gated() {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDList a = new NDList();
      final NDList up = new NDList();
      for (final List<ScaledAdapter> terms : groups) {
        final NDList aSlots = new NDList();
        final NDList upSlots = new NDList();
        for (int i = 0; i < slots.places.length; i++) {
          final int place = (int) slots.places[i];
          int rank = 0;
          if (place < terms.size() && hasLayer(terms.get(place))) {
            final Factors factors = factors(terms.get(place));
            rank = factors.rank();
            aSlots.add(factors.a());
            final NDArray b = factors.denseB(manager, precision);
            upSlots.add(transposed(scaled(b, terms.get(place).scale() * layerScale)));
          }
          if (rank < slots.widths[i]) {
            aSlots.add(zeros(slots.widths[i] - rank, deltaShape.get(1)));
            upSlots.add(zeros(slots.widths[i] - rank, deltaShape.get(0)));
          }
        }
        a.add(Factors.join(aSlots, 0).expandDims(0));
        up.add(Factors.join(upSlots, 0).expandDims(0));
      }
      final NDArray allA = keep(Factors.join(a, 0));
      final NDArray allUp = keep(Factors.join(up, 0));
      if (gates.readsActivations()) {
        return new GatedBranch(
            allA,
            allUp,
            keep(onCpu(new Shape(slots.places.length), slots.ends())),
            keep(onCpu(new Shape(slots.places.length), slots.places)),
            new GateConstants(),
            gates,
            gates.offsets());
      }
      return new FoldedBranch(
          allA,
          allUp,
          keep(manager.create(slots.owners())),
          keep(precision.of(manager.ones(new Shape(1, 1, 1)))),
          gates,
          gates.offsets());
    }
  }

  /**
   * The axis R of a gated branch.
   *
   * @param places in the samples' lists, of those adapters that any sample has on this layer
   * @param widths columns of each, the largest rank that a sample has there
   */
  private record Slots(long[] places, int[] widths) {
    long[] ends() {
      final long[] ends = new long[widths.length];
      long end = 0;
      for (int i = 0; i < ends.length; i++) {
        end += widths[i];
        ends[i] = end;
      }
      return ends;
    }

    /** The place of the adapter that each of the R belongs to. */
    long[] owners() {
      return IntStream.range(0, places.length)
          .mapToObj(i -> LongStream.generate(() -> places[i]).limit(widths[i]))
          .flatMapToLong(Function.identity())
          .toArray();
    }
  }

  private Slots slots() {
    final int[] ranks = new int[groups.stream().mapToInt(List::size).max().orElse(0)];
    for (final List<ScaledAdapter> terms : groups) {
      for (int k = 0; k < terms.size(); k++) {
        if (hasLayer(terms.get(k))) {
          ranks[k] = Math.max(ranks[k], factors(terms.get(k)).rank());
        }
      }
    }
    final int[] used = IntStream.range(0, ranks.length).filter(k -> ranks[k] > 0).toArray();
    return new Slots(
        IntStream.of(used).asLongStream().toArray(),
        IntStream.of(used).map(k -> ranks[k]).toArray());
  }

  /** Of its final shape: an array made by reshaping would not keep the numbers' memory. */
  private NDArray onCpu(final Shape shape, final long... values) {
    return manager.newSubManager(Device.cpu()).create(values, shape);
  }

  private NDArray zeros(final long rows, final long columns) {
    return Factors.zeros(manager, precision, rows, columns);
  }

  private static NDArray scaled(final NDArray b, final double scale) {
    return scale == 1 ? b : TorchOps.scaled(b, scale);
  }

  /** A copy, row by row in memory. */
  private static NDArray transposed(final NDArray b) {
    return b.transpose().flatten().reshape(b.size(1), b.size(0));
  }

  /** Saves a result from the end of the scope; its new owner frees it. */
  private NDArray keep(final NDArray array) {
    NDScope.unregister(array);
    array.attach(manager);
    return array;
  }
}
