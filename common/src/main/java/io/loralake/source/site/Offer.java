package io.loralake.source.site;

import io.loralake.rejection.Reason;
import io.loralake.source.Listed;

/**
 * A file that a site offers, or refuses.
 *
 * @param about null when the site says nothing
 * @param refusal why it is not to be fetched; null when it is
 * @param message the refusal in words
 */
public record Offer(Listed file, About about, Reason refusal, String message) {

  static Offer of(final Listed file, final About about) {
    return new Offer(file, about, null, null);
  }

  static Offer refused(final Listed file, final Reason reason, final String message) {
    return new Offer(file, null, reason, file.uri() + ": " + message);
  }
}
