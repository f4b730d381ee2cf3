package io.loralake.source;

import java.io.IOException;
import java.util.UUID;

/** Tries whether files can be written, before long work whose outcome they are to keep. */
public final class WriteTrial {
  private WriteTrial() {}

  /**
   * Leaves nothing.
   *
   * @param stem how the name of the file begins that is written and removed
   * @throws IOException when that cannot be done
   */
  public static void at(final FileStore store, final String stem) throws IOException {
    final String trial = stem + UUID.randomUUID();
    store.putText("", trial);
    store.delete(trial);
  }
}
