package io.loralake.jobs.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkThrowable;
import org.junit.jupiter.api.Test;

class CommitsTest {
  private long waited;

  /** Delta's answer, as long as an empty log is there. */
  private static final class BeingCreatedException extends RuntimeException
      implements SparkThrowable {
    @Override
    public String getErrorClass() {
      return "DELTA_TABLE_NOT_FOUND";
    }
  }

  @Test
  void aTableOnWhoseMakingARunWasKilledIsWaitedForUntilThatIsKnown() {
    Commits.run(() -> createdAfter(TableLog.MOST_MILLIS), millis -> waited += millis);
    assertThat(waited).isBetween(TableLog.MOST_MILLIS, TableLog.MOST_MILLIS + 4_000);
  }

  @Test
  void aTableThatNeverComesIsAFailure() {
    assertThatThrownBy(
            () -> Commits.run(() -> createdAfter(Long.MAX_VALUE), millis -> waited += millis))
        .isInstanceOf(BeingCreatedException.class);
  }

  private void createdAfter(final long millis) {
    if (waited < millis) {
      throw new BeingCreatedException();
    }
  }
}
