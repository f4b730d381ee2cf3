package io.loralake.jobs.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IndexOptionsTest {
  /** Who does not want to be stopped may say so by a number that is large enough. */
  @Test
  void aVeryLongTimeIsNotOverAtOnce() {
    final IndexOptions options =
        new IndexOptions(
            List.of("s"),
            "c",
            Optional.empty(),
            Optional.empty(),
            false,
            1,
            1,
            Optional.of(Duration.ofMillis(Long.MAX_VALUE)),
            false);
    assertThat(options.deadlineMillis()).isEqualTo(Long.MAX_VALUE);
  }
}
