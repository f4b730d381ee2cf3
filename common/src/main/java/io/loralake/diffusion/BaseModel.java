package io.loralake.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.loralake.tensor.Precision;
import io.loralake.text.PromptEncoder;
import java.io.IOException;
import java.util.function.Consumer;

/** All parts of a base model on one device. Closing it frees them. */
public final class BaseModel implements AutoCloseable {
  private final NDManager manager;
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
    this.transformer =
        new FluxTransformer(
            folder.transformerConfig(),
            PartLoading.load(
                folder.transformer(),
                file ->
                    FluxTransformer.loadWeights(
                        folder.transformerConfig(), file, manager, precision)));
    this.autoEncoder =
        new AutoEncoder(
            folder.autoEncoderConfig(),
            PartLoading.load(
                folder.autoEncoder(),
                file ->
                    AutoEncoder.loadWeights(folder.autoEncoderConfig(), file, manager, precision)));
    this.prompts = folder.text().load(manager, precision, warnings);
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
    prompts.close();
    manager.close();
  }
}
