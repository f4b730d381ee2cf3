package io.loralake.jobs.evaluate.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.alignment.TrainingAdapter;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.PictureRequest;
import io.loralake.diffusion.RotaryEmbedding;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.FusionSample;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.fusion.Strategy;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.model.Fusion;
import io.loralake.model.LayerTable;
import io.loralake.tensor.Precision;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.FlowBatch;
import io.loralake.training.LatentEncoder;
import io.loralake.training.TrainingPicture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The samples on which ways of fusing are compared: pictures of concepts that no training saw, each
 * concept with the same noise and the same timesteps for all ways.
 */
final class HeldOutSamples implements AutoCloseable {
  /**
   * A concept's samples.
   *
   * @param prompts vectors of each sample's own prompt
   * @param mean the mean of the prompts
   * @param texts each sample's own prompt in words
   */
  record Samples(
      CaptionedLatents data,
      int[] pictures,
      int[] captions,
      float[] timesteps,
      long seed,
      float[][] prompts,
      float[] mean,
      List<String> texts) {}

  private final BaseModel base;
  private final FusionConcepts concepts;
  private final NDManager manager;
  private final EmbeddedAdapters adapters;
  private final AdapterLoader loader;
  private final AdapterFiles files;
  private final Map<Integer, LoadedAdapter> loaded = new HashMap<>();
  private final Map<String, Samples> samples = new LinkedHashMap<>();

  /**
   * @param base is read, never closed
   * @param text name of the text encoder
   * @param count samples of each concept
   * @throws IllegalArgumentException when no concept has a picture
   */
  HeldOutSamples(
      final BaseModel base,
      final Precision precision,
      final EmbeddedAdapters adapters,
      final AdapterFiles files,
      final FusionConcepts concepts,
      final String text,
      final int count)
      throws IOException {
    this.base = base;
    this.concepts = concepts;
    this.manager = base.manager().newSubManager();
    this.adapters = adapters;
    this.files = files;
    adapters.adapters().forEach(it -> files.locate(it.id(), it.places()));
    this.loader = new AdapterLoader(LayerTable.of(base.transformer().config()), precision);
    for (final Map.Entry<String, FusionConcepts.Pictures> concept :
        concepts.pictures().entrySet()) {
      final List<TrainingPicture> pictures = concept.getValue().read();
      if (!pictures.isEmpty()) {
        samples.put(concept.getKey(), samples(concept.getKey(), pictures, text, count));
      }
    }
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("No concept has a picture");
    }
  }

  private Samples samples(
      final String concept,
      final List<TrainingPicture> pictures,
      final String text,
      final int count) {
    final List<TrainingPicture> shown = new ArrayList<>();
    for (int j = 0; j < count; j++) {
      final TrainingPicture picture = pictures.get(j % pictures.size());
      final List<String> forms = picture.captions();
      shown.add(
          new TrainingPicture(
              picture.pixels(), List.of(forms.get((j + j / pictures.size()) % forms.size()))));
    }
    final List<String> texts = shown.stream().map(picture -> picture.captions().get(0)).toList();
    final CaptionedLatents data =
        new LatentEncoder(base.autoEncoder(), base.prompts())
            .encode(manager, shown, concepts.width(), concepts.height());
    final float[][] prompts =
        adapters.encoder().texts().embed(SentenceEncoders.get(text).sentences(texts));
    return new Samples(
        data,
        IntStream.range(0, count).toArray(),
        IntStream.range(0, count).map(j -> data.captions()[j][0]).toArray(),
        timesteps(count, concept.hashCode()),
        concept.hashCode(),
        prompts,
        TrainingAdapter.mean(List.of(prompts)),
        texts);
  }

  /** Evenly spread over what training draws, in a random order. */
  private static float[] timesteps(final int count, final long seed) {
    final Random random = new Random(seed);
    final double[] normal =
        IntStream.range(0, 1 << 14).mapToDouble(i -> random.nextGaussian()).sorted().toArray();
    final List<Float> all = new ArrayList<>();
    for (int j = 0; j < count; j++) {
      final double z = normal[(int) ((j + 0.5) / count * normal.length)];
      all.add((float) (1 / (1 + Math.exp(-z))));
    }
    Collections.shuffle(all, random);
    final float[] timesteps = new float[count];
    for (int j = 0; j < count; j++) {
      timesteps[j] = all.get(j);
    }
    return timesteps;
  }

  Map<String, Samples> byConcept() {
    return samples;
  }

  FusionConcepts concepts() {
    return concepts;
  }

  BaseModel base() {
    return base;
  }

  EmbeddedAdapters adapters() {
    return adapters;
  }

  /** An adapter on the device, loaded once. */
  ScaledAdapter adapter(final int index) throws IOException {
    final EmbeddedAdapters.Entry entry = adapters.adapters().get(index);
    LoadedAdapter adapter = loaded.get(index);
    if (adapter == null) {
      adapter = files.load(entry.id(), loader, manager);
      loaded.put(index, adapter);
    }
    return new ScaledAdapter(adapter, 1, entry.embedding());
  }

  /** A picture of a concept's sample, to be painted. */
  PictureRequest request(final String concept, final int index, final SamplingDefaults sampling) {
    final Samples mine = samples.get(concept);
    return new PictureRequest(
        mine.texts().get(index),
        "",
        mine.seed() + index,
        concepts.width(),
        concepts.height(),
        sampling.steps(),
        sampling.guidance(),
        sampling.trueGuidance());
  }

  /**
   * Mean flow loss of each concept.
   *
   * @param set its adapters; null: the base alone
   * @param ownPrompts whether gates see each sample's own prompt, or the mean of the concept's
   */
  Map<String, Double> losses(final FusionSet set, final Strategy strategy, final boolean ownPrompts)
      throws IOException {
    final Map<String, Double> losses = new LinkedHashMap<>();
    for (final Map.Entry<String, Samples> one : samples.entrySet()) {
      losses.put(one.getKey(), loss(one.getKey(), set, strategy, ownPrompts));
    }
    return losses;
  }

  private double loss(
      final String concept, final FusionSet set, final Strategy strategy, final boolean ownPrompts)
      throws IOException {
    final Samples mine = samples.get(concept);
    try (NDManager work = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final Fusion fusion =
          set == null
              ? Fusion.NONE
              : AdapterFusion.of(work, fusionSamples(concept, set, ownPrompts), strategy);
      return losses(work, mine, fusion).mean().getFloat();
    }
  }

  /** Of each sample of a concept. */
  List<FusionSample> fusionSamples(
      final String concept, final FusionSet set, final boolean ownPrompts) throws IOException {
    final Samples mine = samples.get(concept);
    final List<ScaledAdapter> terms = new ArrayList<>();
    for (final int index : set.adapters().get(concept)) {
      terms.add(adapter(index));
    }
    final List<FusionSample> all = new ArrayList<>();
    for (final float[] prompt : mine.prompts()) {
      all.add(new FusionSample(terms, ownPrompts ? prompt : mine.mean()));
    }
    return all;
  }

  NDArray losses(final NDManager work, final Samples mine, final Fusion fusion) {
    final FlowBatch batch =
        mine.data().batch(work, mine.pictures(), mine.captions(), mine.timesteps(), mine.seed());
    final int granularity = base.granularity();
    final NDArray pe =
        new RotaryEmbedding(base.transformer().config())
            .embed(
                work,
                (int) batch.txt().size(1),
                concepts.height() / granularity,
                concepts.width() / granularity);
    return batch.losses(base.transformer(), pe, fusion);
  }

  @Override
  public void close() {
    manager.close();
  }
}
