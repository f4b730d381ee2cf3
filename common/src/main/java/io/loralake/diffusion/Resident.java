package io.loralake.diffusion;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/**
 * A part of a base model that comes onto the device when it is asked for, and leaves it when nobody
 * uses it and it is told to. Thread-safe.
 */
final class Resident<T> {
  private final NDManager device;
  private final Loading<T> loading;
  private final Consumer<T> closing;
  private NDManager manager;
  private T part;
  private int users;

  /**
   * @param device its manager
   * @param closing frees what the part has beside arrays
   */
  Resident(final NDManager device, final Loading<T> loading, final Consumer<T> closing) {
    this.device = device;
    this.loading = loading;
    this.closing = closing;
  }

  /** Loads a part from its files. */
  @FunctionalInterface
  interface Loading<T> {
    /**
     * @param manager owns the weights
     */
    T load(NDManager manager) throws IOException;
  }

  /** The part; it is loaded when it is not there. */
  synchronized T get() {
    if (part == null) {
      manager = device.newSubManager();
      try {
        part = loading.load(manager);
      } catch (final IOException e) {
        manager.close();
        throw new UncheckedIOException("A part of the base model cannot be loaded", e);
      } catch (final RuntimeException e) {
        manager.close();
        throw e;
      }
    }
    return part;
  }

  synchronized boolean isThere() {
    return part != null;
  }

  /** The part stays until {@link #unuse}. */
  synchronized void use() {
    get();
    users++;
  }

  synchronized void unuse() {
    users--;
  }

  /** Frees the part, unless someone uses it. */
  synchronized void leave() {
    if (part != null && users == 0) {
      closing.accept(part);
      manager.close();
      part = null;
    }
  }
}
