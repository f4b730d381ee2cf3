package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.adapter.AdapterFile;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.RotaryEmbedding;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.fusion.Strategy;
import io.loralake.model.Fusion;
import io.loralake.model.LayerTable;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.FlowBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Whether an adapter does what it is for: the flow loss on pictures of its concept that no training
 * saw, with it and without it, for the same noise and timesteps.
 */
public final class ZooProof {
  /** Each kept picture is judged so many times, at different noise and timesteps. */
  private static final int REPEATS = 16;

  private static final int BATCH = 64;

  private final BaseModel base;
  private final Path zoo;
  private final Map<String, List<LabPicture>> kept = new HashMap<>();
  private final Map<String, CaptionedLatents> latents = new HashMap<>();

  /**
   * @param base is read, never closed
   * @param zoo folder of the adapters
   * @param pictures the lab's
   */
  public ZooProof(final BaseModel base, final Path zoo, final List<LabPicture> pictures) {
    this.base = base;
    this.zoo = zoo;
    for (final LabPicture picture : pictures) {
      if (picture.facts().kept()) {
        kept.computeIfAbsent(
                concept(picture.facts().style(), picture.facts().subject()),
                key -> new ArrayList<>())
            .add(picture);
      }
    }
  }

  private static String concept(final String style, final String subject) {
    return style + " " + subject;
  }

  /**
   * What one adapter does.
   *
   * @param baseLoss mean flow loss without it
   * @param loss with it
   */
  public record Result(
      String file, String style, String subject, String kind, double baseLoss, double loss) {
    public boolean improves() {
      return loss < baseLoss;
    }
  }

  /** The kept pictures of an adapter's concept. */
  public List<LabPicture> keptPictures(final ZooAdapter adapter) {
    return kept.getOrDefault(concept(adapter.style(), adapter.subject()), List.of());
  }

  /**
   * Judges an adapter.
   *
   * @throws IllegalArgumentException when no picture of its concept was kept
   */
  public Result judge(final ZooAdapter adapter) throws IOException {
    try (NDManager manager = base.manager().newSubManager();
        LoadedAdapter loaded = load(adapter, manager);
        AdapterFusion fusion =
            AdapterFusion.prepare(
                manager, List.of(List.of(new ScaledAdapter(loaded, 1))), Strategy.SUM)) {
      final CaptionedLatents data = latents(adapter);
      return new Result(
          adapter.file(),
          adapter.style(),
          adapter.subject(),
          adapter.kind(),
          loss(manager, data, Fusion.NONE),
          loss(manager, data, fusion));
    }
  }

  /** An adapter's file on the base's device; the caller closes it. */
  public LoadedAdapter load(final ZooAdapter adapter, final NDManager manager) throws IOException {
    return LoadedAdapter.load(
        AdapterFile.load(zoo.resolve(adapter.file()), LayerTable.of(base.transformer().config()))
            .transformer(),
        manager,
        base.transformer().weights().precision());
  }

  private CaptionedLatents latents(final ZooAdapter adapter) {
    final List<LabPicture> pictures = keptPictures(adapter);
    if (pictures.isEmpty()) {
      throw new IllegalArgumentException(
          adapter.file() + ": no picture of " + adapter.style() + " " + adapter.subject());
    }
    return latents.computeIfAbsent(
        concept(adapter.style(), adapter.subject()),
        key ->
            new LatentEncoding(base.autoEncoder(), base.prompts())
                .encode(
                    base.manager(),
                    Collections.nCopies(REPEATS, pictures).stream()
                        .flatMap(List::stream)
                        .toList()));
  }

  private double loss(final NDManager parent, final CaptionedLatents data, final Fusion fusion) {
    final int count = data.captions().length;
    final int side = (int) Math.sqrt(data.latents().getShape().get(1));
    double sum = 0;
    for (int from = 0; from < count; from += BATCH) {
      try (NDManager manager = parent.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        final FlowBatch batch = data.fixed(manager, from, Math.min(count, from + BATCH));
        final NDArray pe =
            new RotaryEmbedding(base.transformer().config())
                .embed(manager, (int) data.txt().getShape().get(1), side, side);
        sum += batch.losses(base.transformer(), pe, fusion).sum().getFloat();
      }
    }
    return sum / count;
  }

  /** {@code count} adapters on all layers, spread over styles and subjects. */
  public static List<ZooAdapter> samples(final List<ZooAdapter> adapters, final int count) {
    final List<ZooAdapter> full =
        adapters.stream()
            .filter(adapter -> adapter.kind().equals(ZooAdapter.FULL))
            .sorted(Comparator.comparing(ZooAdapter::style).thenComparing(ZooAdapter::subject))
            .toList();
    return IntStream.range(0, Math.min(count, full.size()))
        .mapToObj(i -> full.get((i * full.size() / count + i / 4) % full.size()))
        .toList();
  }
}
