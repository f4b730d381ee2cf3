package io.loralake.tensor;

/** What is about to be made does not fit into the memory that is there; nothing was taken of it. */
public final class NotEnoughMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotEnoughMemoryException(final String message) {
    super(message);
  }
}
