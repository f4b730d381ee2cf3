package io.loralake.jobs.generate.plan;

import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.GateArtifact;
import io.loralake.jobs.alignment.CurrentEncoder;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EncoderStore;
import io.loralake.jobs.generate.GenerateOptions;
import io.loralake.jobs.generate.ModelOnExecutor;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.source.Listed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Makes plans from rows; all that it makes see one version of the catalog. */
public final class Planner {
  private final GenerateOptions options;
  private final JavaSparkContext context;
  private final ModelFolder folder;
  private final ModelOnExecutor executor;
  private final Catalog catalog;
  private final String encoder;
  private final boolean gatesKnowAdapters;
  private final Retrieval retrieval;
  private final String model;

  /**
   * @param folder the base model, on this machine
   * @param model its fingerprint
   * @param executor the base model, for tasks
   * @throws IllegalArgumentException when the gates belong to another encoder, a dry run is to
   *     search with another than the catalog's, or another run changes that meanwhile
   */
  public Planner(
      final SparkSession spark,
      final GenerateOptions options,
      final ModelFolder folder,
      final String model,
      final ModelOnExecutor executor)
      throws IOException {
    this.options = options;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.folder = folder;
    this.executor = executor;
    this.catalog = new Catalog(spark, options.catalog());
    final String asked = options.encoder() == null ? null : adopt(spark);
    this.retrieval = new Retrieval(spark, options);
    this.encoder = retrieval.encoder().orElse(null);
    if (asked != null && !asked.equals(encoder)) {
      throw new IllegalArgumentException(
          "--encoder is %s, and another run has given the catalog %s meanwhile: wait for its end, and run this again"
              .formatted(options.encoder(), encoder));
    }
    if (options.gates() == null) {
      this.gatesKnowAdapters = false;
    } else {
      final GateArtifact gates = GateArtifact.read(Path.of(options.gates()));
      gates.requireEncoder(encoder);
      this.gatesKnowAdapters = gates.card().options().knowsAdapters();
    }
    this.model = model;
  }

  /** Gives the catalog the encoder that was asked for, and returns its id. */
  private String adopt(final SparkSession spark) throws IOException {
    final String stem = new EncoderStore(spark, catalog).stem(options.encoder());
    final Optional<String> current = catalog.embeddings().encoder();
    if (current.equals(Optional.of(Listed.name(stem)))) {
      return current.get();
    }
    if (options.dryRun()) {
      throw new IllegalArgumentException(
          "--encoder is %s, with --dry-run allowed is the catalog's own, %s: a run embeds the catalog with the other, a dry one changes nothing"
              .formatted(options.encoder(), current.orElse("of which it has none")));
    }
    return new CurrentEncoder(spark, catalog).adopt(stem).encoder();
  }

  /**
   * The plan of some rows.
   *
   * @param number of the plan in its output
   * @param firstShard number of its first shard
   * @param refused gets the rows that cannot be carried out, by key
   */
  public Plan plan(
      final List<PromptRow> rows,
      final int number,
      final int firstShard,
      final Map<String, RejectedException> refused)
      throws IOException {
    final Map<String, PromptRow> complete = new LinkedHashMap<>();
    for (final PromptRow row : rows) {
      final PromptRow completed = row.completed(folder.sampling(), options.k());
      final int granularity = folder.granularity();
      if (completed.width() % granularity != 0 || completed.height() % granularity != 0) {
        refused.put(
            row.key(),
            new RejectedException(
                Reason.BAD_SPECIFICATION,
                "size is %dx%d, allowed are multiples of %d"
                    .formatted(completed.width(), completed.height(), granularity)));
      } else {
        complete.put(row.key(), completed);
      }
    }
    final Map<String, Retrieval.Choice> choices =
        retrieval.choose(List.copyOf(complete.values()), refused);
    if (gatesKnowAdapters) {
      refuseUnembedded(choices, refused);
    }
    final Set<String> used = new LinkedHashSet<>();
    final List<Plan.Picture> pictures = new ArrayList<>();
    final Map<String, String> hashes = new HashMap<>();
    rows.forEach(row -> hashes.put(row.key(), row.contentHash()));
    if (choices.size() + refused.size() != rows.size()) {
      throw new IllegalStateException(
          "Of %d rows %d are planned and %d refused"
              .formatted(rows.size(), choices.size(), refused.size()));
    }
    choices.forEach(
        (key, choice) -> {
          pictures.add(picture(complete.get(key), hashes.get(key), choice));
          choice.adapters().forEach(each -> used.add(each.adapterId()));
          choice.spares().forEach(each -> used.add(each.adapterId()));
        });
    final Plan.Header header =
        new Plan.Header(
            number,
            options.shared(),
            firstShard,
            options.shardSize(),
            catalog.path(),
            retrieval.adaptersVersion(),
            box(retrieval.embeddingsVersion()),
            encoder,
            model,
            retrieval.facts(used));
    return new Plan(header, Batching.batches(pictures, batchSize(pictures)));
  }

  /** Gates know adapters by their embeddings; a row may name one that has none yet. */
  private void refuseUnembedded(
      final Map<String, Retrieval.Choice> choices, final Map<String, RejectedException> refused) {
    final Set<String> missing = new HashSet<>();
    choices.values().forEach(choice -> missing.addAll(choice.named()));
    if (missing.isEmpty()) {
      return;
    }
    missing.removeAll(retrieval.embedded(missing, encoder));
    choices.forEach(
        (key, choice) ->
            choice.named().stream()
                .filter(missing::contains)
                .findFirst()
                .ifPresent(
                    id ->
                        refused.put(
                            key,
                            new RejectedException(
                                Reason.UNKNOWN_ADAPTER,
                                "the gates ask for embeddings, and %s has none of adapter %s: 'index' makes it"
                                    .formatted(encoder, id)))));
    choices.keySet().removeAll(refused.keySet());
  }

  private static Long box(final OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  /** Shards are of whole batches. */
  private int batchSize(final List<Plan.Picture> pictures) throws IOException {
    return Math.min(fittingBatch(pictures), options.shardSize());
  }

  private int fittingBatch(final List<Plan.Picture> pictures) throws IOException {
    if (options.batch() > 0 || pictures.isEmpty()) {
      return Math.max(1, options.batch());
    }
    return MemoryFit.batch(context, executor, model, folder, pictures);
  }

  private static Plan.Picture picture(
      final PromptRow row, final String hash, final Retrieval.Choice choice) {
    return new Plan.Picture(
        row.key(),
        hash,
        row.prompt(),
        row.negativePrompt(),
        row.seed(),
        row.width(),
        row.height(),
        row.steps(),
        row.guidance(),
        row.cfg(),
        choice.adapters(),
        choice.spares());
  }
}
