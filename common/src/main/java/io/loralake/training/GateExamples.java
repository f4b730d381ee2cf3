package io.loralake.training;

import ai.djl.ndarray.NDArray;
import io.loralake.diffusion.Noise;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What gates learn from: pictures of concepts, their captions, and the adapters that retrieval
 * gives for each.
 */
public final class GateExamples implements Serializable {
  /**
   * What pictures have in common.
   *
   * @param pictures rows of the latents
   * @param exact adapters that were made for just this
   * @param retrieved all others, those that retrieval ranks first at the front
   */
  public record Concept(String name, int[] pictures, int[] exact, int[] retrieved)
      implements Serializable {}

  /**
   * How a step's samples are drawn.
   *
   * @param most adapters of a sample; there are 1 to that many
   * @param exact share of samples among whose adapters an exact one is; where a concept has no
   *     others, all
   * @param distractor share of adapters that are any at all
   * @param depth adapters are drawn from so many that retrieval ranks first, or are simply the
   *     first, in half of the samples each
   * @param emptyPrompts share of samples whose prompt the model does not see
   */
  public record Sampling(int most, double exact, double distractor, int depth, double emptyPrompts)
      implements Serializable {
    public static final Sampling DEFAULT = new Sampling(5, 0.2, 0.15, 16, 0.1);

    public Sampling {
      if (most < 1
          || depth < most
          || !isShare(exact)
          || !isShare(distractor)
          || !isShare(emptyPrompts)) {
        throw new IllegalArgumentException(
            "Gates learn from at least one adapter of a ranking at least as deep, and from shares"
                + " between 0 and 1");
      }
    }

    private static boolean isShare(final double value) {
      return value >= 0 && value <= 1;
    }
  }

  /**
   * One sample of a step.
   *
   * @param picture row of the latents
   * @param caption row of the texts that the model sees
   * @param prompt row of the texts that the gates see
   * @param adapters of the sample
   * @param otherCaption row of a text of another concept; the sample's own where there is but one
   */
  public record Draw(
      int picture,
      int caption,
      int prompt,
      int[] adapters,
      float timestep,
      long noise,
      int otherCaption) {

    /** The same picture, asked for by what does not describe it. */
    Draw misdescribed() {
      return new Draw(picture, otherCaption, otherCaption, adapters, timestep, noise, otherCaption);
    }
  }

  private final List<Concept> concepts;
  private final int[][] captions; // of each picture, rows of the texts
  private final Numbers latents; // (P, N, 64)
  private final Numbers txt; // (captions, T, context_in_dim)
  private final Numbers vec; // (captions, vec_in_dim)
  private final float[][] prompts; // (captions, E)
  private final float[][] embeddings; // (adapters, E)

  /**
   * An array that travels. Its rows lie apart: the token states of 256 captions of FLUX.1 are more
   * than Java has an array for.
   *
   * @param shape of one row
   */
  record Numbers(float[][] rows, long[] shape) implements Serializable {
    static Numbers of(final NDArray array) {
      final float[][] rows = new float[(int) array.size(0)][];
      for (int i = 0; i < rows.length; i++) {
        try (NDArray row = array.get(i)) {
          rows[i] = row.toFloatArray();
        }
      }
      return new Numbers(rows, array.getShape().slice(1).getShape());
    }

    /** How many numbers a row has. */
    int width() {
      return rows[0].length;
    }
  }

  /**
   * @param data pictures, and captions whose row 0 is the empty prompt
   * @param prompts captions in the space of the embeddings, (captions, E)
   * @param embeddings of the adapters that concepts name, (adapters, E)
   */
  public GateExamples(
      final CaptionedLatents data,
      final float[][] prompts,
      final float[][] embeddings,
      final List<Concept> concepts) {
    this.latents = Numbers.of(data.latents());
    this.txt = Numbers.of(data.txt());
    this.vec = Numbers.of(data.vec());
    this.captions = data.captions();
    this.prompts = prompts;
    this.embeddings = embeddings;
    this.concepts = new ArrayList<>(concepts);
  }

  Numbers latents() {
    return latents;
  }

  Numbers txt() {
    return txt;
  }

  Numbers vec() {
    return vec;
  }

  float[] prompt(final int caption) {
    return prompts[caption];
  }

  float[] embedding(final int adapter) {
    return embeddings[adapter];
  }

  /** Sample {@code index} of a step: it follows from seed, step and index alone. */
  public Draw draw(final Sampling sampling, final long seed, final int step, final int index) {
    final SplittableRandom random =
        new SplittableRandom((seed * 1_000_003L + step) * 1_000_003L + index);
    final int concept = random.nextInt(concepts.size());
    final int picture = picture(concepts.get(concept), random);
    final int caption = caption(picture, random);
    final boolean empty = random.nextDouble() < sampling.emptyPrompts();
    return new Draw(
        picture,
        empty ? CaptionedLatents.EMPTY_PROMPT : caption,
        caption,
        adapters(concepts.get(concept), sampling, random),
        FlowBatch.logitNormal(random, 1)[0],
        random.nextLong(),
        otherCaption(concept, caption, random));
  }

  private int otherCaption(final int concept, final int caption, final SplittableRandom random) {
    if (concepts.size() == 1) {
      return caption;
    }
    final int other = (concept + 1 + random.nextInt(concepts.size() - 1)) % concepts.size();
    return caption(picture(concepts.get(other), random), random);
  }

  private static int picture(final Concept concept, final SplittableRandom random) {
    return concept.pictures()[random.nextInt(concept.pictures().length)];
  }

  private int caption(final int picture, final SplittableRandom random) {
    return captions[picture][random.nextInt(captions[picture].length)];
  }

  private int[] adapters(
      final Concept concept, final Sampling sampling, final SplittableRandom random) {
    final int[] ranked = concept.retrieved();
    final int count = Math.min(1 + random.nextInt(sampling.most()), ranked.length);
    final int depth =
        random.nextBoolean() ? count : Math.min(Math.max(count, sampling.depth()), ranked.length);
    final List<Integer> chosen = new ArrayList<>();
    if (concept.exact().length > 0
        && (random.nextDouble() < sampling.exact() || ranked.length == 0)) {
      chosen.add(concept.exact()[random.nextInt(concept.exact().length)]);
    }
    while (chosen.size() < count) {
      final boolean any = random.nextDouble() < sampling.distractor();
      final int adapter = ranked[random.nextInt(any ? ranked.length : depth)];
      if (!chosen.contains(adapter)) {
        chosen.add(adapter);
      }
    }
    return chosen.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The noise of a sample. */
  float[] noise(final Draw draw, final int count) {
    return Noise.gaussian(draw.noise(), count);
  }
}
