package io.loralake.adapter;

import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.safetensors.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a canonical adapter as a file that diffusers and PEFT load: diffusers' module names,
 * {@code lora_A} and {@code lora_B}, alpha folded in. A fused layer is written apart again: its
 * modules share A, and each takes its rows of B.
 */
public final class PeftExport {
  private static final String PREFIX = "transformer.";

  private final LayerTable table;

  public PeftExport(final LayerTable table) {
    this.table = table;
  }

  /** A module of diffusers and the rows of a layer that it holds. */
  private record Module(String name, int row, int rows, boolean swapped) {}

  public void write(final Path path, final Adapter adapter) throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    adapter
        .layers()
        .forEach(
            (name, update) -> {
              final Layer layer = table.find(name).orElseThrow();
              for (final Module module : modules(layer)) {
                final String key = PREFIX + module.name;
                tensors.put(
                    key + ".lora_A.weight",
                    TensorData.ofFloats(update.a(), update.rank(), update.inDim()));
                tensors.put(
                    key + ".lora_B.weight",
                    TensorData.ofFloats(rows(update, module), module.rows, update.rank()));
              }
            });
    SafetensorsWriter.write(
        path, tensors, Map.of("format", "pt", "adapter_id", adapter.id(), "software", "LoraLake"));
  }

  /** (rows, R) of B (d_out, R). */
  private static float[] rows(final LowRank update, final Module module) {
    final int rank = update.rank();
    final float[] rows = new float[module.rows * rank];
    final int half = module.swapped ? module.rows / 2 : 0;
    for (int row = 0; row < module.rows; row++) {
      final int from = module.row + (row + half) % module.rows;
      System.arraycopy(update.b(), from * rank, rows, row * rank, rank);
    }
    return rows;
  }

  private static List<Module> modules(final Layer layer) {
    return Naming.diffusersModules(layer.name()).stream()
        .map(
            place -> {
              final int[] rows = place.part().rows(layer);
              return new Module(
                  place.layer(), rows[0], rows[1], place.part() == Naming.Part.SWAPPED);
            })
        .toList();
  }
}
