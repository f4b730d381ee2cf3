package io.loralake.jobs.generate.output;

/**
 * What became of a planned picture.
 *
 * @param status {@code success} or {@code failed}
 * @param sha256 of the picture's file
 * @param reason a {@link io.loralake.rejection.Reason}, or {@code ERROR}
 * @param message in words
 * @param picture the JSON beside it; of a failed one as it was planned
 */
public record Outcome(
    String key,
    String status,
    String sha256,
    String reason,
    String message,
    PictureRecord picture) {
  public static final String SUCCESS = "success";
  public static final String FAILED = "failed";

  boolean isSuccess() {
    return status.equals(SUCCESS);
  }
}
