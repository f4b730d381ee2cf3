package io.loralake.rejection;

/** A file that cannot be used, for a reason that will not go away by trying again. */
public final class RejectedException extends RuntimeException {
  private final Reason reason;

  public RejectedException(final Reason reason, final String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
