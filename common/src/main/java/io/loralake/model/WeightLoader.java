package io.loralake.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.safetensors.TensorInfo;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TensorData;
import io.loralake.tensor.TorchOps;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Brings a checkpoint's tensors to the device, one after the other. Strict: the checkpoint must
 * hold exactly the layout.
 */
final class WeightLoader {
  private final Layout layout;
  private final Checkpoint checkpoint;
  private final WeightNaming naming;

  WeightLoader(final Layout layout, final Checkpoint checkpoint, final WeightNaming naming) {
    this.layout = layout;
    this.checkpoint = checkpoint;
    this.naming = naming;
  }

  /**
   * Compares names, shapes and dtypes; reads headers only.
   *
   * @throws InvalidCheckpointException naming what is missing, superfluous or misshapen
   */
  void check() {
    final List<String> missing = new ArrayList<>();
    final Set<String> extra = new LinkedHashSet<>(checkpoint.names());
    extra.removeIf(name -> naming.isIgnorable(name) || WeightScale.isUnused(name));
    for (final Map.Entry<String, Shape> weight : layout.shapes().entrySet()) {
      final List<Piece> pieces = naming.pieces(weight.getKey());
      final List<String> absent =
          pieces.stream().map(Piece::tensor).filter(t -> !checkpoint.names().contains(t)).toList();
      for (final Piece piece : pieces) {
        extra.remove(piece.tensor());
        WeightScale.nameOf(piece.tensor(), checkpoint).ifPresent(extra::remove);
      }
      if (absent.isEmpty()) {
        checkShape(weight.getKey(), weight.getValue(), pieces);
      } else {
        missing.addAll(absent);
      }
    }
    refuse("lacks", missing);
    refuse("has weights that the model does not know:", extra);
  }

  private void refuse(final String verb, final Iterable<String> names) {
    final List<String> all = new ArrayList<>();
    names.forEach(name -> all.add("'" + name + "'"));
    if (!all.isEmpty()) {
      final String shown = String.join(", ", all.subList(0, Math.min(3, all.size())));
      throw new InvalidCheckpointException(
          "%s %s %s%s"
              .formatted(
                  checkpoint.path(),
                  verb,
                  shown,
                  all.size() > 3 ? " and " + (all.size() - 3) + " more" : ""));
    }
  }

  /** Pieces lie one below the other; trailing dimensions of size 1 may be absent in the file. */
  private void checkShape(final String name, final Shape wanted, final List<Piece> pieces) {
    final long rowLength = wanted.size() / wanted.get(0);
    long rows = 0;
    boolean fits = true;
    for (final Piece piece : pieces) {
      final TensorInfo info = checkpoint.info(piece.tensor());
      if (!info.dtype().isFloat()) {
        throw new InvalidCheckpointException(
            "%s: weight '%s' is stored as %s; F32, F16, BF16, F64, F8_E4M3 and F8_E5M2 can be read"
                .formatted(checkpoint.path(), piece.tensor(), info.dtype()));
      }
      WeightScale.nameOf(piece.tensor(), checkpoint)
          .ifPresent(scale -> WeightScale.check(scale, checkpoint));
      final long[] shape = info.shape();
      fits &= shape.length > 0 && shape[0] % piece.parts() == 0;
      fits &= shape.length > 0 && info.elements() == shape[0] * rowLength;
      for (int i = 1; i < shape.length; i++) {
        fits &= i < wanted.dimension() && shape[i] == wanted.get(i);
      }
      rows += shape.length > 0 ? shape[0] / piece.parts() : 0;
    }
    if (!fits || rows != wanted.get(0)) {
      final List<String> found =
          pieces.stream().map(piece -> checkpoint.info(piece.tensor()).describe()).toList();
      throw new InvalidCheckpointException(
          "%s: weight '%s' should be %s, found %s"
                  .formatted(checkpoint.path(), pieces.get(0).tensor(), wanted, found)
              + (pieces.get(0).tensor().equals(name) ? "" : " for '" + name + "'"));
    }
  }

  /** Reads everything; the arrays belong to {@code manager}. */
  Map<String, NDArray> load(final NDManager manager, final Precision precision) throws IOException {
    check();
    final Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (final Map.Entry<String, Shape> weight : layout.shapes().entrySet()) {
      try (NDManager step = manager.newSubManager()) {
        final NDList pieces = new NDList();
        for (final Piece piece : naming.pieces(weight.getKey())) {
          pieces.add(precision.copy(values(piece, step)));
        }
        final NDArray rows = pieces.size() == 1 ? pieces.head() : NDArrays.concat(pieces);
        final NDArray array = rows.reshape(weight.getValue());
        array.attach(manager);
        arrays.put(weight.getKey(), array);
      }
    }
    return arrays;
  }

  /** In a row, in any floating-point type. */
  private NDArray values(final Piece piece, final NDManager manager) throws IOException {
    final NDArray stored = data(piece).stored(manager);
    final float scale = WeightScale.of(piece.tensor(), checkpoint);
    return scale == 1 ? stored : TorchOps.scaled(Precision.F32.of(stored), scale);
  }

  /** In a row. */
  private TensorData data(final Piece piece) throws IOException {
    final TensorInfo info = checkpoint.info(piece.tensor());
    final int length = info.byteLength() / piece.parts();
    return new TensorData(
        info.dtype(),
        new long[] {info.elements() / piece.parts()},
        checkpoint.bytes(info).slice(piece.part() * length, length));
  }
}
