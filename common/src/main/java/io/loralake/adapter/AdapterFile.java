package io.loralake.adapter;

import io.loralake.model.LayerTable;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A whole adapter file in memory, in canonical form: alpha folded into B, and parts of a fused
 * layer joined: A stacked, B block-diagonal.
 *
 * @param transformer what the file changes in the transformer
 * @param clip what it changes in the CLIP text encoder, by {@code text_model...} module names;
 *     empty for most files
 */
public record AdapterFile(Adapter transformer, Adapter clip) {

  /**
   * @throws RejectedException when the file cannot be used, naming it and the reason
   */
  public static AdapterFile load(final Path path, final LayerTable table) throws IOException {
    try (SafetensorsFile file = PeftConfig.open(path)) {
      return read(path.toString(), file, table);
    }
  }

  /**
   * Reads an open file.
   *
   * @param file what messages call it
   * @throws RejectedException as {@link #load} does
   */
  public static AdapterFile read(
      final String file, final SafetensorsFile content, final LayerTable table) throws IOException {
    final AdapterLayout layout = LayoutParser.parse(file, content.header(), table);
    final Map<String, List<Part>> parts = new LinkedHashMap<>();
    final String id =
        new AdapterReader()
            .read(
                content,
                layout,
                (pair, scale, a, b) -> {
                  AdapterReader.requireFinite(file, pair, a, b);
                  parts
                      .computeIfAbsent(pair.layer().name(), name -> new ArrayList<>())
                      .add(new Part(pair, a.toFloats(), scaled(b.toFloats(), scale)));
                });
    return new AdapterFile(new Adapter(id, join(parts, table)), new Adapter(id, joinClip(parts)));
  }

  /** A pair's numbers, alpha folded into B. */
  private record Part(Pair pair, float[] a, float[] b) {}

  private static float[] scaled(final float[] values, final float scale) {
    if (scale != 1) {
      for (int i = 0; i < values.length; i++) {
        values[i] *= scale;
      }
    }
    return values;
  }

  private static Map<String, LowRank> join(
      final Map<String, List<Part>> parts, final LayerTable table) {
    final Map<String, LowRank> layers = new LinkedHashMap<>();
    table.layers().stream()
        .filter(layer -> parts.containsKey(layer.name()))
        .forEach(layer -> layers.put(layer.name(), join(parts.get(layer.name()))));
    return layers;
  }

  private static Map<String, LowRank> joinClip(final Map<String, List<Part>> parts) {
    final Map<String, LowRank> layers = new TreeMap<>();
    parts.forEach(
        (name, list) -> {
          final Pair pair = list.get(0).pair;
          if (!pair.inBase() && pair.layer().group().equals("clip_l")) {
            layers.put(name, join(list));
          }
        });
    return layers;
  }

  /** A (R1 + R2 + ..., d_in) stacked, B (d_out, R1 + R2 + ...) with one block of rows a part. */
  private static LowRank join(final List<Part> parts) {
    final int inDim = parts.get(0).pair.layer().inDim();
    final int outDim = parts.get(0).pair.layer().outDim();
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
