package io.loralake.model;

/** Weights on disk that do not make up the model they are meant for. */
public final class InvalidCheckpointException extends IllegalArgumentException {
  public InvalidCheckpointException(final String message) {
    super(message);
  }

  public InvalidCheckpointException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
