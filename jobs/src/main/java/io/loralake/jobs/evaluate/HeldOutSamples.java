package io.loralake.jobs.evaluate;

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
import io.loralake.lab.LabPicture;
import io.loralake.lab.LatentEncoding;
import io.loralake.lab.PictureFacts;
import io.loralake.model.Fusion;
import io.loralake.model.LayerTable;
import io.loralake.tensor.Precision;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.FlowBatch;
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
 * The samples on which ways of fusing are compared: pictures of held-out combinations that no
 * training saw, each combination with the same noise and the same timesteps for all ways.
 */
final class HeldOutSamples implements AutoCloseable {
  /**
   * A combination's samples.
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
  private final NDManager manager;
  private final EmbeddedAdapters adapters;
  private final AdapterLoader loader;
  private final AdapterFiles files;
  private final Map<Integer, LoadedAdapter> loaded = new HashMap<>();
  private final Map<String, Samples> samples = new LinkedHashMap<>();

  /**
   * @param base is read, never closed
   * @param text name of the text encoder
   * @param count samples of each combination
   */
  HeldOutSamples(
      final BaseModel base,
      final EmbeddedAdapters adapters,
      final AdapterFiles files,
      final Map<String, List<LabPicture>> pictures,
      final String text,
      final int count) {
    this.base = base;
    this.manager = base.manager().newSubManager();
    this.adapters = adapters;
    this.files = files;
    adapters.adapters().forEach(it -> files.locate(it.id(), it.places()));
    this.loader = new AdapterLoader(LayerTable.of(base.transformer().config()), Precision.F32);
    pictures.forEach(
        (combination, kept) -> samples.put(combination, samples(combination, kept, text, count)));
  }

  private Samples samples(
      final String combination, final List<LabPicture> kept, final String text, final int count) {
    final List<LabPicture> shown = new ArrayList<>();
    for (int j = 0; j < count; j++) {
      final LabPicture picture = kept.get(j % kept.size());
      final List<String> forms = picture.facts().captions();
      shown.add(captioned(picture, forms.get((j + j / kept.size()) % forms.size())));
    }
    final List<String> texts =
        shown.stream().map(picture -> picture.facts().captions().get(0)).toList();
    final CaptionedLatents data =
        new LatentEncoding(base.autoEncoder(), base.prompts()).encode(manager, shown);
    final float[][] prompts =
        adapters.encoder().texts().embed(SentenceEncoders.get(text).sentences(texts));
    return new Samples(
        data,
        IntStream.range(0, count).toArray(),
        IntStream.range(0, count).map(j -> data.captions()[j][0]).toArray(),
        timesteps(count, combination.hashCode()),
        combination.hashCode(),
        prompts,
        TrainingAdapter.mean(List.of(prompts)),
        texts);
  }

  /** The picture with one of its captions alone. */
  private static LabPicture captioned(final LabPicture picture, final String caption) {
    final PictureFacts facts = picture.facts();
    return new LabPicture(
        new PictureFacts(
            facts.set(),
            facts.icon(),
            facts.label(),
            facts.group(),
            facts.subgroup(),
            facts.style(),
            facts.subject(),
            facts.kept(),
            facts.mirrorable(),
            List.of(caption)),
        picture.pixels());
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

  Map<String, Samples> byCombination() {
    return samples;
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

  /** A picture of a combination's sample, to be painted. */
  PictureRequest request(
      final String combination, final int index, final SamplingDefaults sampling) {
    final Samples mine = samples.get(combination);
    return new PictureRequest(
        mine.texts().get(index),
        "",
        mine.seed() + index,
        LabPicture.SIDE,
        LabPicture.SIDE,
        sampling.steps(),
        sampling.guidance(),
        sampling.trueGuidance());
  }

  /**
   * Mean flow loss of each combination.
   *
   * @param set its adapters; null: the base alone
   * @param ownPrompts whether gates see each sample's own prompt, or the mean of the combination's
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
      final String combination,
      final FusionSet set,
      final Strategy strategy,
      final boolean ownPrompts)
      throws IOException {
    final Samples mine = samples.get(combination);
    try (NDManager work = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final Fusion fusion =
          set == null
              ? Fusion.NONE
              : AdapterFusion.of(work, fusionSamples(combination, set, ownPrompts), strategy);
      return losses(work, mine, fusion).mean().getFloat();
    }
  }

  /** Of each sample of a combination. */
  List<FusionSample> fusionSamples(
      final String combination, final FusionSet set, final boolean ownPrompts) throws IOException {
    final Samples mine = samples.get(combination);
    final List<ScaledAdapter> terms = new ArrayList<>();
    for (final int index : set.adapters().get(combination)) {
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
    final int side = (int) Math.sqrt(batch.latents().size(1));
    final NDArray pe =
        new RotaryEmbedding(base.transformer().config())
            .embed(work, (int) batch.txt().size(1), side, side);
    return batch.losses(base.transformer(), pe, fusion);
  }

  @Override
  public void close() {
    manager.close();
  }
}
