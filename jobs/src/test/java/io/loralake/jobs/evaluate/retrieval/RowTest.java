package io.loralake.jobs.evaluate.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RowTest {
  private static Row row(final String... combinations) {
    final List<Answers.Answer> answers =
        Stream.of(combinations).map(it -> new Answers.Answer(it, 1, true, false)).toList();
    return new Row("group", "ridge", "1", 0, answers);
  }

  @Test
  void oneCombinationHasNoInterval() {
    assertThat(Row.line(List.of(row("a/b"))))
        .isEqualTo("| ridge | 100.0 | 100.0 | 100.0 | 1.000 | 100 | 0 | 1 |");
    assertThat(Row.line(List.of(row("a/b", "c/d")))).startsWith("| ridge | 100.0 ± 0.0 | ");
  }
}
