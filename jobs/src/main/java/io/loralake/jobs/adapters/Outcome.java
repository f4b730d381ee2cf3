package io.loralake.jobs.adapters;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.loralake.rejection.RejectedException;
import java.util.List;

/**
 * What became of one row, as a line of the manifest.
 *
 * @param status {@code trained}, {@code quarantined} (trying again does not help) or {@code failed}
 * @param specHash of row and base model
 * @param file name below the output folder
 * @param sha256 of the file
 * @param size of the file in bytes
 * @param pictures how many it learned from
 * @param badPictures those that could not be used
 * @param firstLoss mean flow loss of the first batches
 * @param lastLoss of the last ones
 * @param reason a {@link io.loralake.rejection.Reason}
 * @param message in words
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Outcome(
    String name,
    String status,
    String specHash,
    String file,
    String sha256,
    Long size,
    Integer pictures,
    List<BadPicture> badPictures,
    Double firstLoss,
    Double lastLoss,
    String reason,
    String message) {

  static final String TRAINED = "trained";
  static final String QUARANTINED = "quarantined";
  static final String FAILED = "failed";

  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  /** A picture that was left out. */
  public record BadPicture(String picture, String reason, String message) {
    static BadPicture of(final String picture, final RejectedException why) {
      return new BadPicture(picture, why.reason().name(), why.getMessage());
    }
  }

  static Outcome quarantined(
      final String name, final List<BadPicture> badPictures, final RejectedException why) {
    return new Outcome(
        name,
        QUARANTINED,
        null,
        null,
        null,
        null,
        null,
        badPictures,
        null,
        null,
        why.reason().name(),
        why.getMessage());
  }

  static Outcome failed(final String name, final Throwable why) {
    return new Outcome(
        name, FAILED, null, null, null, null, null, null, null, null, null, why.toString());
  }

  boolean isTrained() {
    return status.equals(TRAINED);
  }

  String toJson() {
    return JSON.valueToTree(this).toString();
  }

  static Outcome parse(final String line) throws JsonProcessingException {
    return JSON.readValue(line, Outcome.class);
  }
}
