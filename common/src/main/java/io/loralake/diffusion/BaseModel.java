package io.loralake.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.loralake.model.Checkpoint;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.text.ClipTextEncoder;
import io.loralake.text.FluxPromptEncoder;
import io.loralake.text.PromptEncoder;
import io.loralake.text.PromptTokenizer;
import io.loralake.text.T5Encoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** All parts of a base model on one device. Closing it frees them. */
public final class BaseModel implements AutoCloseable {
  private final NDManager manager;
  private final PromptTokenizer clipTokenizer;
  private final PromptTokenizer t5Tokenizer;
  private final PromptEncoder prompts;
  private final FluxTransformer transformer;
  private final AutoEncoder autoEncoder;
  private final FluxPipeline pipeline;

  private BaseModel(
      final ModelFolder folder,
      final NDManager manager,
      final Precision precision,
      final Consumer<String> warnings)
      throws IOException {
    this.manager = manager;
    this.clipTokenizer = PromptTokenizer.clip(folder.clipTokenizer());
    this.t5Tokenizer = PromptTokenizer.t5(folder.t5Tokenizer(), folder.t5Length());
    final ClipTextEncoder clip =
        new ClipTextEncoder(
            folder.clipConfig(),
            load(
                folder.clip(),
                file ->
                    ClipTextEncoder.loadWeights(folder.clipConfig(), file, manager, precision)));
    final T5Encoder t5 =
        new T5Encoder(
            folder.t5Config(),
            load(
                folder.t5(),
                file -> T5Encoder.loadWeights(folder.t5Config(), file, manager, precision)));
    this.prompts = new FluxPromptEncoder(clipTokenizer, clip, t5Tokenizer, t5, warnings);
    this.transformer =
        new FluxTransformer(
            folder.transformerConfig(),
            load(
                folder.transformer(),
                file ->
                    FluxTransformer.loadWeights(
                        folder.transformerConfig(), file, manager, precision)));
    this.autoEncoder =
        new AutoEncoder(
            folder.autoEncoderConfig(),
            load(
                folder.autoEncoder(),
                file ->
                    AutoEncoder.loadWeights(folder.autoEncoderConfig(), file, manager, precision)));
    this.pipeline =
        new FluxPipeline(prompts, new Sampler(transformer, autoEncoder), folder.schedule());
  }

  /**
   * Loads every part.
   *
   * @param warnings is told what is cut from prompts
   * @throws io.loralake.model.InvalidCheckpointException naming a weight that is missing,
   *     superfluous or misshapen
   */
  public static BaseModel load(
      final ModelFolder folder,
      final Device device,
      final Precision precision,
      final Consumer<String> warnings)
      throws IOException {
    final NDManager manager = NDManager.newBaseManager(device, "PyTorch");
    try {
      return new BaseModel(folder, manager, precision, warnings);
    } catch (final IOException | RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  @FunctionalInterface
  private interface Loading {
    Weights from(Checkpoint checkpoint) throws IOException;
  }

  private static Weights load(final Path path, final Loading loading) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      return loading.from(checkpoint);
    }
  }

  /** The manager of the model's device; results that outlive a picture belong on it. */
  public NDManager manager() {
    return manager;
  }

  public PromptEncoder prompts() {
    return prompts;
  }

  public FluxTransformer transformer() {
    return transformer;
  }

  public AutoEncoder autoEncoder() {
    return autoEncoder;
  }

  public FluxPipeline pipeline() {
    return pipeline;
  }

  @Override
  public void close() {
    clipTokenizer.close();
    t5Tokenizer.close();
    manager.close();
  }
}
