package io.loralake.adapter;

import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A whole adapter file in memory, in the form of {@link LayerReader}, layers in the model's order.
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
    final Map<String, LowRank> found = new HashMap<>();
    final Map<String, LowRank> clip = new TreeMap<>();
    final String id =
        new LayerReader(file, layout)
            .read(
                content,
                (layer, inBase, update) -> {
                  if (inBase) {
                    found.put(layer.name(), update);
                  } else if (layer.group().equals("clip_l")) {
                    clip.put(layer.name(), update);
                  }
                });
    final Map<String, LowRank> transformer = new LinkedHashMap<>();
    table.layers().stream()
        .map(Layer::name)
        .filter(found::containsKey)
        .forEach(name -> transformer.put(name, found.get(name)));
    return new AdapterFile(new Adapter(id, transformer), new Adapter(id, clip));
  }
}
