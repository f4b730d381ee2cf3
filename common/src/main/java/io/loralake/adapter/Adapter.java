package io.loralake.adapter;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One LoRA in canonical form.
 *
 * @param id SHA-256 of the file's bytes, or another name that is unique
 * @param layers updates by layer name, in the order of the layer table; layers that the adapter
 *     does not change are absent
 */
public record Adapter(String id, Map<String, LowRank> layers) {

  public Adapter {
    layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
  }

  /** Bytes of all factors in float32. */
  public long bytes() {
    return layers.values().stream().mapToLong(LowRank::bytes).sum();
  }
}
