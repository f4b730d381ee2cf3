package io.loralake.jobs.generate.plan;

import io.loralake.diffusion.Noise;
import io.loralake.diffusion.PictureRequest;
import io.loralake.jobs.catalog.Permissions;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * What a run paints, decided before it begins: which pictures, with which adapters, in which
 * batches. It stays with the output, so that a run that goes on after a kill does the same.
 *
 * @param batches computed together; each is kept as soon as it is done
 */
public record Plan(Header header, List<Batch> batches) {

  /**
   * @param number of the plan in its output, from 0
   * @param options that every plan of an output shares
   * @param firstShard number of its first shard
   * @param shardSize pictures of a shard, at most
   * @param catalog where adapters were found
   * @param adaptersVersion Delta version of {@code adapters} that retrieval saw
   * @param embeddingsVersion likewise; null where nothing was retrieved
   * @param encoder that retrieval used; null likewise
   * @param model fingerprint of the base model
   * @param adapters all that pictures may use
   */
  public record Header(
      int number,
      Map<String, String> options,
      int firstShard,
      int shardSize,
      String catalog,
      long adaptersVersion,
      Long embeddingsVersion,
      String encoder,
      String model,
      List<KnownAdapter> adapters)
      implements Serializable {}

  /**
   * @param number in the plan, from 0
   */
  public record Batch(int number, List<Picture> pictures) implements Serializable {
    /** Any of them: in size and steps they are alike, and all guided or none. */
    public Picture first() {
      return pictures.get(0);
    }

    /** Evaluations of the model for one token, all together. */
    public double cost() {
      return pictures.stream().mapToDouble(Picture::cost).sum();
    }
  }

  /**
   * One picture.
   *
   * @param rowHash of the row that asks for it
   * @param adapters that are to be used
   * @param spares what retrieval gave beyond, best first, for adapters that turn out to be missing
   */
  public record Picture(
      String key,
      String rowHash,
      String prompt,
      String negativePrompt,
      long seed,
      int width,
      int height,
      int steps,
      double guidance,
      double trueGuidance,
      List<ChosenAdapter> adapters,
      List<ChosenAdapter> spares)
      implements Serializable {

    /** Seed of the noise: of seed and key alone. */
    public long noiseSeed() {
      return Noise.seed(seed, key);
    }

    /** What is asked of the model. */
    public PictureRequest request() {
      return request(steps);
    }

    /** The same with another number of steps. */
    public PictureRequest request(final int otherSteps) {
      return new PictureRequest(
          prompt, negativePrompt, noiseSeed(), width, height, otherSteps, guidance, trueGuidance);
    }

    double cost() {
      return (double) steps * width * height * (trueGuidance == 1 ? 1 : 2);
    }
  }

  /**
   * An adapter of a picture.
   *
   * @param score of retrieval; null where the row names the adapter
   * @param scale what its update is multiplied by
   */
  public record ChosenAdapter(String adapterId, Double score, double scale)
      implements Serializable {}

  /**
   * What the catalog says of an adapter.
   *
   * @param textEncoder whether it changes a text encoder
   */
  public record KnownAdapter(
      String adapterId,
      List<Location> locations,
      String title,
      String creator,
      String licence,
      Map<String, String> permissions,
      boolean textEncoder)
      implements Serializable {

    /** The licence as its people wrote it, or else what their site allows; null where unknown. */
    public String terms() {
      return licence == null ? new Permissions(permissions).words().orElse(null) : licence;
    }
  }

  /** A place where an adapter's bytes lie. */
  public record Location(String uri, String revision, long size) implements Serializable {}

  /** How many are planned. */
  public int pictures() {
    return batches.stream().mapToInt(batch -> batch.pictures().size()).sum();
  }
}
