package io.loralake.jobs.generate.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.rejection.RejectedException;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NamedAdapterTest {
  @Test
  void aNameMayHaveColons() {
    assertThat(NamedAdapter.parse("s3a://b/a.safetensors"))
        .isEqualTo(new NamedAdapter("s3a://b/a.safetensors", 1));
    assertThat(NamedAdapter.parse("s3a://b/a.safetensors:-0.5"))
        .isEqualTo(new NamedAdapter("s3a://b/a.safetensors", -0.5));
    assertThat(NamedAdapter.parse("a:1e")).isEqualTo(new NamedAdapter("a:1e", 1));
  }

  @Test
  void aNameMayHaveLineBreaks() {
    assertThat(NamedAdapter.parse("a\nb\r.safetensors:2"))
        .isEqualTo(new NamedAdapter("a\nb\r.safetensors", 2));
  }

  @Test
  void aScaleThatIsInfiniteAsAFloatIsRefused() {
    assertThatThrownBy(() -> NamedAdapter.parse("a:1e39"))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("adapters has 'a:1e39', allowed is a finite scale");
  }

  @Test
  void exactlyOneAdapterGoesByTheName() {
    final NamedAdapter named = new NamedAdapter("a", 2);
    assertThat(named.chosen(Set.of("1"))).isEqualTo(new Plan.ChosenAdapter("1", null, 2));
    assertThatThrownBy(() -> named.chosen(Set.of())).hasMessageContaining("has no adapter");
    assertThatThrownBy(() -> named.chosen(Set.of("1", "2")))
        .hasMessageContaining("has more than one adapter");
  }
}
