package io.loralake.tensor;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The backward passes of this JVM. When it is told to end, those under way come to their end first
 * and no other begins: PyTorch's engine of gradients is destroyed at the end of a process, and who
 * is in it then takes the process down with a segmentation fault.
 */
final class PassesUnderWay {
  /** Who stops processes often waits 30 seconds before he kills them. */
  private static final int PATIENCE_SECONDS = 20;

  private static final ReadWriteLock LOCK = new ReentrantReadWriteLock();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(PassesUnderWay::end, "loralake-last-pass"));
  }

  private PassesUnderWay() {}

  /** Makes a pass; never returns when the JVM ends. */
  static void run(final Runnable pass) {
    LOCK.readLock().lock();
    try {
      pass.run();
    } finally {
      LOCK.readLock().unlock();
    }
  }

  /** Takes the lock for good; after that time the JVM ends all the same. */
  private static void end() {
    try {
      LOCK.writeLock().tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
