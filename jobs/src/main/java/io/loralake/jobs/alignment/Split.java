package io.loralake.jobs.alignment;

import io.loralake.alignment.TrainingAdapter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Training and validation. Whole groups go to one side, by a hash of the group and the seed, so
 * that an adapter stays on its side when others come.
 */
record Split(List<TrainingAdapter> training, List<TrainingAdapter> validation) {
  private static final int BUCKETS = 10_000;

  /**
   * @param groups by adapter id
   * @param share of the groups that is held out
   */
  static Split of(
      final List<TrainingAdapter> adapters,
      final Map<String, String> groups,
      final double share,
      final long seed) {
    return new Split(
        adapters.stream().filter(it -> !held(groups.get(it.id()), share, seed)).toList(),
        adapters.stream().filter(it -> held(groups.get(it.id()), share, seed)).toList());
  }

  private static boolean held(final String group, final double share, final long seed) {
    final CRC32 hash = new CRC32();
    hash.update((seed + " " + group).getBytes(StandardCharsets.UTF_8));
    return hash.getValue() % BUCKETS < share * BUCKETS;
  }
}
