package io.loralake.jobs.paint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class AdapterOptionTest {
  private static AdapterOption convert(final String value) {
    return new AdapterOption.Converter().convert(value);
  }

  @Test
  void aScaleFollowsTheLastColon() {
    assertThat(convert("a:b.safetensors"))
        .isEqualTo(new AdapterOption(Path.of("a:b.safetensors"), 1));
    assertThat(convert("a:b.safetensors:-.5e-1"))
        .isEqualTo(new AdapterOption(Path.of("a:b.safetensors"), -0.05));
    assertThat(convert("a:1:2")).isEqualTo(new AdapterOption(Path.of("a:1"), 2));
  }

  @Test
  void aFileMayBeAUriAsSearchTellsIt() {
    assertThat(convert("file:///a b.safetensors:2"))
        .isEqualTo(new AdapterOption(Path.of("/a b.safetensors"), 2));
    assertThatThrownBy(() -> convert("s3a://lake/a.safetensors"))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'s3a://lake/a.safetensors' is not on this machine");
  }

  /** The largest float is 3.4e38. */
  @ParameterizedTest
  @ValueSource(strings = {"a:1e39", "a:-1e999", "a:NaN", "a:-Infinity"})
  void aScaleThatIsInfiniteAsAFloatIsRefused(final String value) {
    assertThatThrownBy(() -> convert(value))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'" + value + "': the scale is not a finite number");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:1e", "a:1.2.3", "a:--1"})
  void aScaleThatIsNoNumberIsRefused(final String value) {
    assertThatThrownBy(() -> convert(value))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'" + value + "': the scale is not a number");
  }
}
