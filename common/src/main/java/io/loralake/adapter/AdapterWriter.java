package io.loralake.adapter;

import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Writes adapters as files of a community naming; what the reader makes of such a file is the same
 * update. Where a naming has a layer in parts, the parts share A, and each takes its rows of B.
 */
public final class AdapterWriter {
  private final FileStyle style;
  private final DType dtype;
  private final LayerTable table;

  /**
   * @param dtype F32, F16 or BF16
   */
  public AdapterWriter(final FileStyle style, final DType dtype, final LayerTable table) {
    this.style = style;
    this.dtype = dtype;
    this.table = table;
  }

  /** Writes updates B A, for which alpha is the rank. */
  public void write(
      final Path path, final Map<String, LowRank> layers, final Map<String, String> metadata)
      throws IOException {
    write(path, layers, LowRank::rank, metadata);
  }

  /**
   * Writes updates alpha / R times B A.
   *
   * @param layers layer name -> A, B
   * @param metadata for the header; empty for none
   * @throws IllegalArgumentException naming a layer that the style has no modules for
   */
  public void write(
      final Path path,
      final Map<String, LowRank> layers,
      final double alpha,
      final Map<String, String> metadata)
      throws IOException {
    write(path, layers, update -> alpha, metadata);
  }

  private void write(
      final Path path,
      final Map<String, LowRank> layers,
      final ToDoubleFunction<LowRank> alpha,
      final Map<String, String> metadata)
      throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    final PeftScaling.Writer scaling = new PeftScaling.Writer();
    layers.forEach(
        (name, update) -> {
          final Layer layer = table.find(name).orElseThrow();
          if (!style.covers(layer)) {
            throw new IllegalArgumentException(
                "Naming " + style.name() + " has no modules for layer " + name);
          }
          for (final FileStyle.Module module : style.modules(layer)) {
            put(tensors, module, update, alpha.applyAsDouble(update));
            scaling.add(module.name(), update.rank(), alpha.applyAsDouble(update));
          }
        });
    final Map<String, String> header = new LinkedHashMap<>(metadata);
    if (style.alpha() == FileStyle.Alpha.HEADER) {
      header.putAll(scaling.metadata());
    }
    SafetensorsWriter.write(path, tensors, header);
  }

  private void put(
      final Map<String, TensorData> tensors,
      final FileStyle.Module module,
      final LowRank update,
      final double alpha) {
    if (style.alpha() == FileStyle.Alpha.TENSOR) {
      tensors.put(style.alphaKey(module), TensorData.ofFloats(dtype, new float[] {(float) alpha}));
    }
    final double scale = style.alpha() == FileStyle.Alpha.FOLDED ? alpha / update.rank() : 1;
    tensors.put(
        style.downKey(module),
        TensorData.ofFloats(dtype, update.a(), update.rank(), update.inDim()));
    tensors.put(
        style.upKey(module),
        TensorData.ofFloats(dtype, rows(update, module, scale), module.rows(), update.rank()));
  }

  /** (rows, R) of B (d_out, R), times {@code scale}. */
  private static float[] rows(
      final LowRank update, final FileStyle.Module module, final double scale) {
    final int rank = update.rank();
    final float[] rows = new float[module.rows() * rank];
    final int half = module.swapped() ? module.rows() / 2 : 0;
    for (int row = 0; row < module.rows(); row++) {
      final int from = module.row() + (row + half) % module.rows();
      System.arraycopy(update.b(), from * rank, rows, row * rank, rank);
    }
    if (scale != 1) {
      for (int i = 0; i < rows.length; i++) {
        rows[i] *= (float) scale;
      }
    }
    return rows;
  }
}
