package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparkVersionTest {

  @ParameterizedTest
  @ValueSource(strings = {"3.3.4", "3.5.0", "3.5.1", "3.5.0-amzn-1", "3.5.1-amzn-1"})
  void anOlderSparkThanDeltasIsNamed(final String name) {
    assertThatThrownBy(() -> new SparkVersion(name).requireForDelta())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("this is Spark %s, and LoraLake's Delta needs 3.5.2 or a later 3.5", name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.5.2", "3.5.2-amzn-0", "3.5.9", "3.5.10", "3.5.12-SNAPSHOT"})
  void othersAreLeftToTheirFate(final String name) {
    assertThatCode(() -> new SparkVersion(name).requireForDelta()).doesNotThrowAnyException();
  }

  @Test
  void aJavaThatHadoopCannotRunOnIsNamed() {
    assertThatThrownBy(() -> new SparkVersion("3.5.9").requireJava(25))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("this is Java 25, and Spark 3.5.9 needs 17: set JAVA_HOME to a JDK 17");
    assertThatCode(() -> new SparkVersion("3.5.9").requireJava(21)).doesNotThrowAnyException();
  }
}
