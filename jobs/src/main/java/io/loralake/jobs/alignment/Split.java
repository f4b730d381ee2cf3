package io.loralake.jobs.alignment;

import io.loralake.alignment.TrainingAdapter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Training and validation. Whole groups go to one side, by a hash of the group and the seed, so
 * that an adapter stays on its side when others come.
 */
record Split(List<TrainingAdapter> training, List<TrainingAdapter> validation) {
  private static final int BUCKETS = 10_000;

  /**
   * Whether a group is held out.
   *
   * @param share of the groups that is held out
   */
  static boolean held(final String group, final double share, final long seed) {
    final CRC32 hash = new CRC32();
    hash.update((seed + " " + group).getBytes(StandardCharsets.UTF_8));
    return hash.getValue() % BUCKETS < share * BUCKETS;
  }
}
