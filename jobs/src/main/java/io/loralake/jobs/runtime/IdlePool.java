package io.loralake.jobs.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Expensive instances between two uses. A JVM works with one kind of them at a time: when another
 * kind is asked for, those that are idle are closed.
 */
final class IdlePool<T> {
  private final Consumer<T> close;
  private final Deque<T> idle = new ArrayDeque<>();
  private String kind = "";

  IdlePool(final Consumer<T> close) {
    this.close = close;
  }

  /** An idle instance, for exclusive use until {@link #give} takes it back. */
  synchronized Optional<T> take(final String wanted) {
    if (!wanted.equals(kind)) {
      idle.forEach(close);
      idle.clear();
      kind = wanted;
    }
    return Optional.ofNullable(idle.poll());
  }

  synchronized void give(final String itsKind, final T instance) {
    if (itsKind.equals(kind)) {
      idle.add(instance);
    } else {
      close.accept(instance);
    }
  }
}
