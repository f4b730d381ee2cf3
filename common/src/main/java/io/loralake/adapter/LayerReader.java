package io.loralake.adapter;

import io.loralake.model.Layer;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the updates of a file in canonical form: alpha folded into B, and parts of a fused layer
 * joined: A stacked, B block-diagonal. A layer is handed on as soon as its last part is read, so
 * that a file of any size needs no more memory than its layers that are begun.
 */
public final class LayerReader {

  /** Receives the layers of a file. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param inBase whether the layer is one of the transformer's
     */
    void visit(Layer layer, boolean inBase, LowRank update);
  }

  private final String file;
  private final AdapterLayout layout;

  /** Pairs to come, by layer. */
  private final Map<String, Integer> missing = new HashMap<>();

  private final Map<String, List<Part>> begun = new HashMap<>();

  /**
   * @param file what messages call it
   */
  public LayerReader(final String file, final AdapterLayout layout) {
    this.file = file;
    this.layout = layout;
    layout.pairs().forEach(pair -> missing.merge(pair.layer().name(), 1, Integer::sum));
  }

  /** A pair's numbers, alpha folded into B. */
  private record Part(Pair pair, float[] a, float[] b) {}

  /**
   * Visits every layer, once.
   *
   * @return SHA-256 of the whole file, as 64 hexadecimal digits
   * @throws RejectedException when the file cannot be used, naming it and the reason
   */
  public String read(final SafetensorsFile content, final Visitor visitor) throws IOException {
    return new AdapterReader()
        .read(
            content,
            layout,
            (pair, scale, a, b) -> {
              AdapterReader.requireFinite(file, pair, a, b);
              final Layer layer = pair.layer();
              begun
                  .computeIfAbsent(layer.name(), name -> new ArrayList<>())
                  .add(new Part(pair, a.toFloats(), scaled(pair, b.toFloats(), scale)));
              if (missing.merge(layer.name(), -1, Integer::sum) == 0) {
                visitor.visit(layer, pair.inBase(), join(begun.remove(layer.name())));
              }
            });
  }

  private float[] scaled(final Pair pair, final float[] values, final float scale) {
    if (scale != 1) {
      for (int i = 0; i < values.length; i++) {
        values[i] *= scale;
        if (!Float.isFinite(values[i])) {
          throw RejectedException.overflow(file, pair.module());
        }
      }
    }
    return values;
  }

  /** A (R1 + R2 + ..., d_in) stacked, B (d_out, R1 + R2 + ...) with one block of rows a part. */
  private static LowRank join(final List<Part> parts) {
    final Part first = parts.get(0);
    final int inDim = first.pair.layer().inDim();
    final int outDim = first.pair.layer().outDim();
    if (first.pair.rows() == outDim) {
      return new LowRank(first.pair.rank(), inDim, outDim, first.a, first.b);
    }
    final int rank = parts.stream().mapToInt(part -> part.pair.rank()).sum();
    final float[] a = new float[rank * inDim];
    final float[] b = new float[outDim * rank];
    int offset = 0;
    for (final Part part : parts) {
      final int r = part.pair.rank();
      System.arraycopy(part.a, 0, a, offset * inDim, part.a.length);
      for (int row = 0; row < part.pair.rows(); row++) {
        System.arraycopy(part.b, row * r, b, (part.pair.row() + row) * rank + offset, r);
      }
      offset += r;
    }
    return new LowRank(rank, inDim, outDim, a, b);
  }
}
