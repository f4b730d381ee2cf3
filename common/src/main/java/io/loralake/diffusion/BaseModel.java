package io.loralake.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.text.PromptEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/**
 * A base model on one device. Either all of it is there from the beginning, or its text models and
 * the rest take turns, so that the device needs memory for the larger of the two alone. Closing it
 * frees everything.
 */
public final class BaseModel implements AutoCloseable {
  private final NDManager manager;
  private final boolean inTurns;
  private final Resident<PromptEncoder> text;
  private final Resident<Sampler> sampler;
  private final FluxPipeline pipeline;

  private BaseModel(
      final ModelFolder folder,
      final NDManager manager,
      final Precision precision,
      final Consumer<String> warnings,
      final boolean inTurns) {
    this.manager = manager;
    this.inTurns = inTurns;
    this.text =
        new Resident<>(
            manager, parts -> folder.text().load(parts, precision, warnings), PromptEncoder::close);
    this.sampler =
        new Resident<>(manager, parts -> sampler(folder, parts, precision), nothing -> {});
    this.pipeline = new FluxPipeline(text::get, sampler::get, folder.schedule());
  }

  private static Sampler sampler(
      final ModelFolder folder, final NDManager manager, final Precision precision)
      throws IOException {
    return new Sampler(
        new FluxTransformer(
            folder.transformerConfig(),
            PartLoading.load(
                folder.transformer(),
                file ->
                    FluxTransformer.loadWeights(
                        folder.transformerConfig(), file, manager, precision))),
        new AutoEncoder(
            folder.autoEncoderConfig(),
            PartLoading.load(
                folder.autoEncoder(),
                file ->
                    AutoEncoder.loadWeights(
                        folder.autoEncoderConfig(), file, manager, precision))));
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
    final NDManager manager = PyTorch.manager(device);
    try {
      final BaseModel model = new BaseModel(folder, manager, precision, warnings, false);
      model.sampler.get();
      model.text.get();
      return model;
    } catch (final UncheckedIOException e) {
      manager.close();
      throw e.getCause();
    } catch (final RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /**
   * A model whose text models and whose transformer and auto-encoder take turns on the device. Each
   * comes from its files when its {@link Turn} begins.
   *
   * @param warnings is told what is cut from prompts
   */
  public static BaseModel inTurns(
      final ModelFolder folder,
      final Device device,
      final Precision precision,
      final Consumer<String> warnings) {
    return new BaseModel(folder, PyTorch.manager(device), precision, warnings, true);
  }

  /** Whether the sides of the model are never on the device at once, if one thread uses it. */
  public boolean takesTurns() {
    return inTurns;
  }

  /** While it is open, a side of the model is on the device. */
  @FunctionalInterface
  public interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /** The turn of the text models. Where the sides take turns they leave the device at its end. */
  public Turn textTurn() {
    final Turn turn = turn(sampler, text);
    return () -> {
      turn.close();
      if (inTurns) {
        text.leave();
      }
    };
  }

  /** The turn of transformer and auto-encoder. They stay until text models are asked for. */
  public Turn paintingTurn() {
    return turn(text, sampler);
  }

  /** Someone in another thread may use the other side: then it stays. */
  private Turn turn(final Resident<?> out, final Resident<?> in) {
    if (inTurns) {
      out.leave();
    }
    in.use();
    return in::unuse;
  }

  /** Whether the text models are on the device. */
  public boolean hasText() {
    return text.isThere();
  }

  /** Whether transformer and auto-encoder are on the device. */
  public boolean hasTransformer() {
    return sampler.isThere();
  }

  /** The manager of the model's device; results that outlive a picture belong on it. */
  public NDManager manager() {
    return manager;
  }

  public PromptEncoder prompts() {
    return text.get();
  }

  public FluxTransformer transformer() {
    return sampler.get().transformer();
  }

  public AutoEncoder autoEncoder() {
    return sampler.get().autoEncoder();
  }

  /** Sides of pictures are multiples of so many pixels. */
  public int granularity() {
    return sampler.get().granularity();
  }

  /** Asks for each side of the model as it needs it. */
  public FluxPipeline pipeline() {
    return pipeline;
  }

  @Override
  public void close() {
    text.leave();
    manager.close();
  }
}
