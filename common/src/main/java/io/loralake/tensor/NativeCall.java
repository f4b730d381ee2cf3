package io.loralake.tensor;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A call under which this JVM must not end. When it is told to, those under way come to their end
 * first and no other begins: PyTorch's engine of gradients and onnxruntime's environment are
 * destroyed at the end of a process, and who is in them then takes the process down with a
 * segmentation fault.
 */
public final class NativeCall implements AutoCloseable {
  /** Who stops processes often waits 30 seconds before he kills them. */
  private static final int PATIENCE_SECONDS = 20;

  private static final ReadWriteLock LOCK = new ReentrantReadWriteLock();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(NativeCall::end, "loralake-last-call"));
  }

  private NativeCall() {}

  /** Begins one, to be closed by the same thread; never returns when the JVM ends. */
  public static NativeCall begin() {
    LOCK.readLock().lock();
    return new NativeCall();
  }

  @Override
  public void close() {
    LOCK.readLock().unlock();
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
