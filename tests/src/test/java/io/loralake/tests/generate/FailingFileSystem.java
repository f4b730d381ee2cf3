package io.loralake.tests.generate;

import java.io.IOException;
import java.net.URI;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk as {@code failing:}, which is full now and then, and sometimes does not rename, or
 * does and then says that it failed: who tries again has written before.
 */
public final class FailingFileSystem extends RawLocalFileSystem {
  /** What its failures say. */
  static final String[] EXCUSES = {
    "No space left on device", "does not rename", "the answer to the rename was lost"
  };

  static final AtomicInteger FAILURES = new AtomicInteger();

  private static final String SELDOM = "loralake.failing.seldom";
  private static final Integer SEED = Integer.getInteger(SELDOM);
  private static final Random RANDOM = new Random(SEED == null ? 3 : SEED);

  /** Of so many operations about one fails. */
  private static final int ONE_OF = SEED == null ? 8 : 100;

  /** An option for a JVM of its own, in which it fails less often: each failure may end a run. */
  static String seldom(final int seed) {
    return "-D" + SELDOM + "=" + seed;
  }

  @Override
  public URI getUri() {
    return URI.create("failing:///");
  }

  @Override
  public String getScheme() {
    return "failing";
  }

  @Override
  public boolean rename(final Path source, final Path target) throws IOException {
    if (fails()) {
      return false;
    }
    final boolean renamed = super.rename(source, target);
    if (fails()) {
      throw new IOException(target + ": " + EXCUSES[2]);
    }
    return renamed;
  }

  @Override
  public FSDataOutputStream create(
      final Path path,
      final FsPermission permission,
      final boolean overwrite,
      final int bufferSize,
      final short replication,
      final long blockSize,
      final Progressable progress)
      throws IOException {
    failSometimes(path);
    return super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
  }

  @Override
  public FSDataOutputStream create(
      final Path path,
      final boolean overwrite,
      final int bufferSize,
      final short replication,
      final long blockSize,
      final Progressable progress)
      throws IOException {
    failSometimes(path);
    return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
  }

  private static void failSometimes(final Path path) throws IOException {
    if (fails()) {
      throw new IOException(path + ": " + EXCUSES[0]);
    }
  }

  private static boolean fails() {
    final boolean failing = RANDOM.nextInt(ONE_OF) == 0;
    if (failing) {
      FAILURES.incrementAndGet();
    }
    return failing;
  }
}
