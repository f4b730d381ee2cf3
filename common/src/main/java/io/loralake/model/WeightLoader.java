package io.loralake.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.safetensors.TensorInfo;
import io.loralake.tensor.Precision;
import io.loralake.tensor.Widening;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Brings a checkpoint's tensors to the device, one after the other through one host buffer of the
 * size of the largest. Strict: the checkpoint must hold exactly the layout.
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
    extra.removeAll(naming.ignorable());
    for (final Map.Entry<String, Shape> weight : layout.shapes().entrySet()) {
      final List<Piece> pieces = naming.pieces(weight.getKey());
      final List<String> absent =
          pieces.stream().map(Piece::tensor).filter(t -> !checkpoint.names().contains(t)).toList();
      pieces.forEach(piece -> extra.remove(piece.tensor()));
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
            "%s: weight '%s' is stored as %s; F32, F16, BF16 and F64 can be read"
                .formatted(checkpoint.path(), piece.tensor(), info.dtype()));
      }
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
    final long largest = layout.shapes().values().stream().mapToLong(Shape::size).max().orElse(0);
    final ByteBuffer host =
        ByteBuffer.allocateDirect(Math.toIntExact(largest * Float.BYTES))
            .order(ByteOrder.nativeOrder());
    final Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (final Map.Entry<String, Shape> weight : layout.shapes().entrySet()) {
      final Shape shape = weight.getValue();
      host.clear().limit(Math.toIntExact(shape.size() * Float.BYTES));
      read(naming.pieces(weight.getKey()), host.asFloatBuffer());
      final NDArray array;
      try (NDArray view = manager.create(host, shape, DataType.FLOAT32)) {
        array = precision.copy(view);
      }
      arrays.put(weight.getKey(), array);
    }
    return arrays;
  }

  private void read(final List<Piece> pieces, final FloatBuffer target) throws IOException {
    int position = 0;
    for (final Piece piece : pieces) {
      final TensorInfo info = checkpoint.info(piece.tensor());
      final int length = info.byteLength() / piece.parts();
      final ByteBuffer bytes = checkpoint.bytes(info).slice(piece.part() * length, length);
      final int count = length / info.dtype().bytes();
      Widening.widen(info.dtype(), bytes, target.slice(position, count));
      position += count;
    }
  }
}
