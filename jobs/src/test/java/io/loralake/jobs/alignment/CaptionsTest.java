package io.loralake.jobs.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CaptionsTest {
  private static Captions captions(final String id, final String group) {
    return new Captions(id, "family", group, List.of("a cat"), 1);
  }

  /** Which of the copies has the smallest id is luck. */
  @Test
  void aGroupThatIsSaidOfOneCopyIsThatOfAll() {
    for (final List<Captions> copies :
        List.of(
            List.of(captions("a", "family"), captions("b", "birds")),
            List.of(captions("a", "birds"), captions("b", "family")))) {
      assertThat(Captions.united(copies)).extracting(Captions::group).containsExactly("birds");
    }
  }
}
