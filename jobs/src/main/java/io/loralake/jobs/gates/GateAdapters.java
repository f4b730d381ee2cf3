package io.loralake.jobs.gates;

import ai.djl.ndarray.NDManager;
import io.loralake.alignment.TextSpace;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.fusion.GateArtifact;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.RelevanceSpace;
import io.loralake.jobs.alignment.CaptionSource;
import io.loralake.jobs.alignment.Captions;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The adapters that gates learn about, and how gates know them.
 *
 * @param begin gates to begin with
 * @param captions of the adapters; none where the space is known
 * @param space null where gates do not know adapters
 * @param layout of the gates
 * @param refused captions that could not be used, each with the reason
 */
record GateAdapters(
    EmbeddedAdapters adapters,
    Optional<GateArtifact> begin,
    List<String> captions,
    RelevanceSpace space,
    GateLayout layout,
    List<String> refused) {
  private static final Logger LOG = LoggerFactory.getLogger(GateAdapters.class);

  /**
   * Reads adapters and captions from a catalog.
   *
   * @throws IllegalArgumentException when there is no catalog or encoder, the text encoder is
   *     another one, the gates to begin with do not fit, or captions are too few
   */
  static GateAdapters read(
      final SparkSession spark,
      final Catalog catalog,
      final TrainGatesOptions options,
      final GateLayout layout)
      throws IOException {
    final CaptionSource source = new CaptionSource(spark, catalog);
    final Set<String> heldOut =
        options.holdOut() == null ? Set.of() : source.families(options.holdOut());
    final EmbeddedAdapters adapters = EmbeddedAdapters.read(spark, catalog, heldOut);
    final EncoderArtifact encoder = adapters.encoder();
    SentenceEncoders.require(options.text(), encoder.card());
    warnOfSeenAdapters(catalog, encoder.card().id());
    final Optional<GateArtifact> begin = begin(options, encoder.card().id(), layout);
    final boolean knows = options.gates().knowsAdapters();
    final Optional<RelevanceSpace> space = begin.map(GateArtifact::space);
    if (!knows || space.isPresent()) {
      return new GateAdapters(
          adapters, begin, List.of(), knows ? space.get() : null, layout, List.of());
    }
    final CaptionSource.Found found = source.read(Optional.ofNullable(options.captions()));
    final List<String> captions = captions(found, adapters);
    requireEnough(captions.size(), options.coordinates(), found.refused());
    return new GateAdapters(
        adapters, begin, captions, space(options, captions, encoder), layout, found.refused());
  }

  /** Id of the encoder that made the adapters' embeddings. */
  String encoder() {
    return adapters.encoder().card().id();
  }

  private static void warnOfSeenAdapters(final Catalog catalog, final String encoder) {
    if (!EmbeddingRows.hasUnseen(catalog.read("embeddings"), encoder)) {
      LOG.warn(
          "train-gates: encoder {} has no out-of-fold embeddings: it knows the adapters that it"
              + " learned from better than others, and gates learn to trust it too much;"
              + " 'train-alignment' with --folds makes such embeddings",
          encoder);
    }
  }

  /** Gates to begin with may look at less, but not at the same in another form. */
  private static Optional<GateArtifact> begin(
      final TrainGatesOptions options, final String encoder, final GateLayout layout)
      throws IOException {
    if (options.from() == null) {
      return Optional.empty();
    }
    final GateArtifact begin = GateArtifact.read(Path.of(options.from()));
    begin.requireEncoder(encoder);
    begin.requireLayout(layout);
    final int known = begin.card().options().relevance();
    if (known != 0 && known != options.gates().relevance()) {
      throw new IllegalArgumentException(
          "--relevance is %d, the gates of --from have %d"
              .formatted(options.gates().relevance(), known));
    }
    if (options.holdOut() != null && !begin.card().hasHeldOut()) {
      LOG.warn(
          "train-gates: {} of --from were trained without --hold-out: they may know what is held"
              + " out now, and so may the gates that begin with them",
          begin.card().id());
    }
    return Optional.of(begin);
  }

  /** Of the adapters that gates learn from. */
  private static List<String> captions(
      final CaptionSource.Found found, final EmbeddedAdapters adapters) {
    final Set<String> families = new HashSet<>();
    adapters.adapters().forEach(adapter -> families.add(adapter.family()));
    final List<String> captions = new ArrayList<>();
    for (final Captions one : found.captions()) {
      if (families.contains(one.family())) {
        captions.addAll(one.texts());
      }
    }
    return captions;
  }

  private static void requireEnough(
      final int captions, final int coordinates, final List<String> refused) {
    if (captions <= coordinates) {
      throw new IllegalArgumentException(
          "%d captions are too few for %d coordinates of what adapters are for: %s"
              .formatted(
                  captions,
                  coordinates,
                  refused.isEmpty()
                      ? "more come with --captions, --coordinates may be less"
                      : "%s refused, the first: %s"
                          .formatted(Amount.of(refused.size(), "line"), refused.get(0))));
    }
  }

  /** The captions' leading directions. */
  private static RelevanceSpace space(
      final TrainGatesOptions options, final List<String> captions, final EncoderArtifact encoder) {
    final float[][] vectors =
        encoder.texts().embed(SentenceEncoders.get(options.text()).sentences(captions));
    try (NDManager manager = PyTorch.manager()) {
      final TextSpace whitened =
          TextSpace.whitened(List.of(vectors), options.coordinates(), manager);
      return new RelevanceSpace(whitened.means(), whitened.weight());
    }
  }
}
