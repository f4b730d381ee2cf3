package io.loralake.jobs.runtime;

import java.util.regex.Pattern;

/**
 * The Spark that verbs run on. Their Delta is made for 3.5.3 and has a class of Spark's that came
 * with 3.5.2: on an older one, as EMR's before 7.4, the first query ends without saying why.
 *
 * @param name as Spark tells it, such as {@code 3.5.1-amzn-1}
 */
public record SparkVersion(String name) {
  private static final Pattern TOO_OLD =
      Pattern.compile("[12]\\..*|3\\.[0-4]\\..*|3\\.5\\.[01](-.*)?");

  /** From there on Hadoop finds no user: Java's {@code Subject.getSubject} throws. */
  private static final int TOO_NEW_JAVA = 23;

  /**
   * Refuses a Java that no Spark 3.5 runs on.
   *
   * @param feature such as 17
   * @throws IllegalArgumentException when it is too new
   */
  public void requireJava(final int feature) {
    if (feature >= TOO_NEW_JAVA) {
      throw new IllegalArgumentException(
          "this is Java %d, and Spark %s needs 17: set JAVA_HOME to a JDK 17"
              .formatted(feature, name));
    }
  }

  /**
   * Refuses a Spark that the open Delta does not run on.
   *
   * @throws IllegalArgumentException when it is too old
   */
  public void requireForDelta() {
    if (TOO_OLD.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "this is Spark %s, and LoraLake's Delta needs 3.5.2 or a later 3.5".formatted(name));
    }
  }
}
