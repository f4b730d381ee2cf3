package io.loralake.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.Tap;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClipTextEncoderTest {
  private static final long[][] IDS = {{3, 7, 1, 9, 4, 9, 7}};

  /** As transformers' {@code CLIPTextModel}: its rule for 2, and by default that for 49407. */
  @ParameterizedTest
  @CsvSource({"2, 3", "9, 3", "7, 1", "4, 4", "5, 0", "null, 0"})
  void theConfigurationSaysWhichTokenEndsAText(final String end, final int expected)
      throws IOException {
    final ClipConfig config =
        ClipConfig.parse(
            new ObjectMapper()
                .readTree(
                    """
                    {"vocab_size": 10, "hidden_size": 4, "intermediate_size": 8,
                     "num_hidden_layers": 1, "num_attention_heads": 1,
                     "max_position_embeddings": 77, "eos_token_id": %s}
                    """
                        .formatted(end)));
    try (NDManager manager = PyTorch.manager();
        Weights weights =
            Weights.random(ClipTextEncoder.layout(config), manager, Precision.F32, 5)) {
      final ClipTextEncoder.Output output =
          new ClipTextEncoder(config, weights).forward(manager, IDS, Fusion.NONE, Tap.NONE);
      final NDArray state = output.lastHiddenState().get(0, expected);
      assertThat(output.pooled().toFloatArray()).containsExactly(state.toFloatArray());
    }
  }

  @Test
  void aTextLongerThanTheTableIsTold() {
    final ClipConfig config = new ClipConfig(10, 4, 8, 1, 1, 6, "quick_gelu", 1e-5f, 9);
    try (NDManager manager = PyTorch.manager();
        Weights weights =
            Weights.random(ClipTextEncoder.layout(config), manager, Precision.F32, 5)) {
      final ClipTextEncoder encoder = new ClipTextEncoder(config, weights);
      assertThatThrownBy(() -> encoder.forward(manager, IDS, Fusion.NONE, Tap.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("CLIP's configuration allows 6 tokens, a text has 7");
    }
  }
}
