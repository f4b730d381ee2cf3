package io.loralake.diffusion;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.Precision;
import io.loralake.text.ClipConfig;
import io.loralake.text.ClipTextEncoder;
import io.loralake.text.FluxPromptEncoder;
import io.loralake.text.PromptEncoder;
import io.loralake.text.PromptTokenizer;
import io.loralake.text.T5Config;
import io.loralake.text.T5Encoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * FLUX.1's text models.
 *
 * @param tokens that T5 reads: 512, but 256 for FLUX.1-schnell
 */
public record ClipT5Part(
    Path clip,
    ClipConfig clipConfig,
    Path clipTokenizer,
    Path t5,
    T5Config t5Config,
    Path t5Tokenizer,
    int tokens)
    implements TextPart {

  @Override
  public int width() {
    return t5Config.dModel();
  }

  @Override
  public int pooledWidth() {
    return clipConfig.hiddenSize();
  }

  @Override
  public Map<String, Long> parameters() {
    final Map<String, Long> parameters = new LinkedHashMap<>();
    parameters.put("CLIP", ClipTextEncoder.layout(clipConfig).parameters());
    parameters.put("T5", T5Encoder.layout(t5Config).parameters());
    return parameters;
  }

  @Override
  public List<Path> weights() {
    return List.of(clip, t5);
  }

  @Override
  public PromptEncoder load(
      final NDManager manager, final Precision precision, final Consumer<String> warnings)
      throws IOException {
    final ClipTextEncoder clipEncoder =
        new ClipTextEncoder(
            clipConfig,
            PartLoading.load(
                clip, file -> ClipTextEncoder.loadWeights(clipConfig, file, manager, precision)));
    final T5Encoder t5Encoder =
        new T5Encoder(
            t5Config,
            PartLoading.load(
                t5, file -> T5Encoder.loadWeights(t5Config, file, manager, precision)));
    return new FluxPromptEncoder(
        PromptTokenizer.clip(clipTokenizer),
        clipEncoder,
        PromptTokenizer.t5(t5Tokenizer, tokens),
        t5Encoder,
        warnings);
  }
}
