package io.loralake.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.loralake.tensor.NativeCall;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Map;

/**
 * The sentence-transformers model all-MiniLM-L6-v2 in ONNX form, on one thread. Several threads may
 * share it.
 */
final class MiniLm implements AutoCloseable {
  /** D, width of token states. */
  static final int WIDTH = 384;

  /** Tokens that the model reads, begin and end included, as sentence-transformers limits it. */
  static final int MAX_TOKENS = 256;

  /** Weights: word pieces, positions and the six layers. */
  static final long PARAMETERS = 22_565_376L;

  private static final String STATES = "last_hidden_state";

  private final String fingerprint;
  private final HuggingFaceTokenizer tokenizer;
  private final OrtEnvironment environment;
  private final OrtSession session;

  MiniLm(final MiniLmFiles files) throws IOException {
    this.fingerprint = files.fingerprint();
    this.tokenizer =
        HuggingFaceTokenizer.newInstance(
            new ByteArrayInputStream(files.tokenizer()),
            Map.of("truncation", "false", "padding", "false")); // the file's own limit is 128
    this.environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setMemoryPatternOptimization(false); // shapes differ from batch to batch
      this.session = environment.createSession(files.model(), options);
    } catch (final OrtException e) {
      tokenizer.close();
      throw new IOException("onnxruntime cannot load " + fingerprint + ": " + e.getMessage(), e);
    }
  }

  String fingerprint() {
    return fingerprint;
  }

  MiniLmTokens read(final String text) {
    return MiniLmTokens.of(text, tokenizer);
  }

  /**
   * Token states of texts that all have the same number of tokens L, so that none is padded.
   *
   * @return (B, L, D), row by row
   */
  FloatBuffer states(final long[][] ids) {
    final long[] shape = {ids.length, ids[0].length};
    final LongBuffer flat = LongBuffer.allocate(ids.length * ids[0].length);
    for (final long[] row : ids) {
      flat.put(row);
    }
    final long[] ones = new long[flat.capacity()];
    Arrays.fill(ones, 1);
    try (NativeCall pass = NativeCall.begin();
        OnnxTensor tokens = OnnxTensor.createTensor(environment, flat.flip(), shape);
        OnnxTensor mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(ones), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(environment, LongBuffer.allocate(ones.length), shape);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", tokens, "attention_mask", mask, "token_type_ids", types))) {
      return ((OnnxTensor) result.get(STATES).orElseThrow()).getFloatBuffer();
    } catch (final OrtException e) {
      throw new IllegalStateException(
          "MiniLM failed on %d texts of %d tokens: %s"
              .formatted(ids.length, ids[0].length, e.getMessage()),
          e);
    }
  }

  @Override
  public void close() {
    tokenizer.close();
    try {
      session.close();
    } catch (final OrtException e) {
      throw new IllegalStateException("Cannot close MiniLM: " + e.getMessage(), e);
    }
  }
}
