package io.loralake.source;

import io.loralake.rejection.Reason;
import java.io.IOException;

/**
 * A file or a listing could not be had, although nothing says that its content is bad. What is
 * known about it stays as it is.
 */
public final class FetchException extends IOException {
  private final Reason reason;

  public FetchException(final Reason reason, final String message) {
    super(message);
    this.reason = reason;
  }

  public FetchException(final Reason reason, final String message, final Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
