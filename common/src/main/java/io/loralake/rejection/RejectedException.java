package io.loralake.rejection;

/** A file that cannot be used, for a reason that will not go away by trying again. */
public final class RejectedException extends RuntimeException {
  /** Characters; strangers' names of tensors may fill a header of 100 MB. */
  private static final int LONGEST = 4_000;

  private final Reason reason;

  public RejectedException(final Reason reason, final String message) {
    super(message.length() > LONGEST ? message.substring(0, LONGEST) + " ..." : message);
    this.reason = reason;
  }

  /**
   * An update whose numbers float32 cannot hold.
   *
   * @param update names it, as the file or the base model does
   */
  public static RejectedException overflow(final String file, final String update) {
    return new RejectedException(
        Reason.NON_FINITE, file + ": the update of '" + update + "' overflows float32");
  }

  /** A file that changes nothing. */
  public static RejectedException emptyUpdate(final String file) {
    return new RejectedException(Reason.EMPTY_UPDATE, file + ": every update is exactly zero");
  }

  public Reason reason() {
    return reason;
  }
}
