package io.loralake.jobs.generate.plan;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import io.loralake.fusion.FusionConfig;
import io.loralake.jobs.catalog.AdapterNames;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.generate.GenerateOptions;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.search.FoundAdapter;
import io.loralake.jobs.search.SearchFilters;
import io.loralake.jobs.search.SearchJob;
import io.loralake.jobs.search.SearchOptions;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;

/** Chooses adapters for all rows at once, from one version of the catalog. */
final class Retrieval {
  /** Candidates beyond k, for adapters that turn out to be missing. */
  private static final int SPARES = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Retrieval.class);

  private final SparkSession spark;
  private final GenerateOptions options;
  private final Catalog newest;
  private final Catalog catalog; // as it was when the run began

  Retrieval(final SparkSession spark, final GenerateOptions options) {
    this.spark = spark;
    this.options = options;
    this.newest = new Catalog(spark, options.catalog());
    newest.requireIdentity();
    this.catalog = newest.pinned("adapters", "embeddings");
  }

  long adaptersVersion() {
    return catalog.version("adapters");
  }

  OptionalLong embeddingsVersion() {
    final Long version = catalog.versions().get("embeddings");
    return version == null ? OptionalLong.empty() : OptionalLong.of(version);
  }

  /** The encoder that searches use; empty before the first training. */
  Optional<String> encoder() {
    return embeddingsVersion().isPresent() ? catalog.embeddings().encoder() : Optional.empty();
  }

  /** How many of {@code adapters} act: what does not is neither asked for nor credited. */
  private int acting(final int adapters) {
    return options.fusion().kind() == FusionConfig.Kind.SINGLE ? Math.min(1, adapters) : adapters;
  }

  /** Adapters of one row: those to be used, and what retrieval gave beyond. */
  record Choice(List<Plan.ChosenAdapter> adapters, List<Plan.ChosenAdapter> spares) {

    /** Ids of the adapters that the row itself names. */
    List<String> named() {
      return adapters.stream()
          .filter(each -> each.score() == null)
          .map(Plan.ChosenAdapter::adapterId)
          .toList();
    }
  }

  /**
   * The adapters of each row; what cannot be had is told instead.
   *
   * @param refused gets the rows that ask for what there is not
   * @throws IllegalArgumentException when files of the catalog's version are not there any more
   */
  Map<String, Choice> choose(
      final List<PromptRow> rows, final Map<String, RejectedException> refused) throws IOException {
    try {
      return chosen(rows, refused);
    } catch (final Exception e) { // Scala declares none
      catalog.versions().forEach((table, version) -> requireReadable(table, version, e));
      throw e;
    }
  }

  private void requireReadable(final String table, final long version, final Exception failure) {
    if (!newest.history(table).isReadable(version)) {
      throw new IllegalArgumentException(
          "version %d of the %s of %s, with which this run began, is not there any more (VACUUM deletes old versions): the same command goes on with the newest"
              .formatted(version, table, catalog.path()),
          failure);
    }
  }

  private Map<String, Choice> chosen(
      final List<PromptRow> rows, final Map<String, RejectedException> refused) throws IOException {
    final Map<String, Choice> choices = new LinkedHashMap<>();
    named(rows, choices, refused);
    final Map<Map<String, String>, List<PromptRow>> alike = new LinkedHashMap<>();
    for (final PromptRow row : rows) {
      if (row.adapters() == null && row.k() > 0) {
        alike.computeIfAbsent(row.filters(options.filters()), f -> new ArrayList<>()).add(row);
      } else if (row.adapters() == null) {
        choices.put(row.key(), new Choice(List.of(), List.of()));
      }
    }
    for (final Map.Entry<Map<String, String>, List<PromptRow>> group : alike.entrySet()) {
      search(group.getKey(), group.getValue(), choices, refused);
    }
    return choices;
  }

  /** Why a search of the whole catalog gave nothing. */
  static String nothingFound(final Map<String, String> filters) {
    return filters.isEmpty()
        ? "no adapter of the catalog can be found: 'index' adds some, k 0 is for the base alone"
        : "no adapter of the catalog passes " + filters;
  }

  private void search(
      final Map<String, String> filters,
      final List<PromptRow> rows,
      final Map<String, Choice> choices,
      final Map<String, RejectedException> refused)
      throws IOException {
    try {
      new SearchFilters(filters).condition();
    } catch (final IllegalArgumentException e) {
      rows.forEach(
          row ->
              refused.put(
                  row.key(), new RejectedException(Reason.BAD_SPECIFICATION, e.getMessage())));
      return;
    }
    final int k = rows.stream().mapToInt(PromptRow::k).max().orElseThrow() + SPARES;
    final List<List<FoundAdapter>> found =
        new SearchJob(
                spark,
                new SearchOptions(
                    options.catalog(),
                    k,
                    filters,
                    embeddingsVersion(),
                    OptionalLong.of(adaptersVersion()),
                    0,
                    options.text(),
                    options.maxSimilarity()))
            .candidates(rows.stream().map(PromptRow::prompt).toList());
    int scarce = 0;
    for (int i = 0; i < rows.size(); i++) {
      final PromptRow row = rows.get(i);
      final List<Plan.ChosenAdapter> ranked =
          found.get(i).stream()
              .map(hit -> new Plan.ChosenAdapter(hit.adapterId(), hit.score(), 1))
              .toList();
      if (ranked.isEmpty()) {
        refused.put(
            row.key(), new RejectedException(Reason.UNKNOWN_ADAPTER, nothingFound(filters)));
      } else {
        final int wanted = Math.min(acting(row.k()), ranked.size());
        scarce += wanted < acting(row.k()) ? 1 : 0;
        choices.put(
            row.key(),
            new Choice(
                List.copyOf(ranked.subList(0, wanted)),
                List.copyOf(ranked.subList(wanted, Math.min(wanted + SPARES, ranked.size())))));
      }
    }
    if (scarce > 0) {
      LOG.warn(
          "generate: {} with fewer adapters than k: {} has no more that can be found{}",
          Amount.of(scarce, "prompt"),
          options.catalog(),
          filters.isEmpty() ? "" : " and pass " + filters);
    }
  }

  /** Rows that name their adapters. */
  private void named(
      final List<PromptRow> rows,
      final Map<String, Choice> choices,
      final Map<String, RejectedException> refused) {
    final Map<String, List<NamedAdapter>> wanted = new LinkedHashMap<>();
    final Set<String> names = new LinkedHashSet<>();
    for (final PromptRow row : rows) {
      if (row.adapters() != null) {
        try {
          final List<NamedAdapter> adapters =
              row.adapters().stream().map(NamedAdapter::parse).toList();
          wanted.put(row.key(), adapters);
          adapters.forEach(each -> names.add(each.name()));
        } catch (final RejectedException e) {
          refused.put(row.key(), e);
        }
      }
    }
    final Map<String, Set<String>> ids = names.isEmpty() ? Map.of() : ids(names);
    wanted.forEach(
        (key, adapters) -> {
          try {
            final List<Plan.ChosenAdapter> chosen =
                adapters.stream()
                    .map(each -> each.chosen(ids.getOrDefault(each.name(), Set.of())))
                    .toList();
            choices.put(
                key, new Choice(List.copyOf(chosen.subList(0, acting(chosen.size()))), List.of()));
          } catch (final RejectedException e) {
            refused.put(key, e);
          }
        });
  }

  /** Ids of the adapters that go by a name, one for each that is another update. */
  private Map<String, Set<String>> ids(final Collection<String> names) {
    final Map<String, Set<String>> ids = new HashMap<>();
    new AdapterNames(catalog.living())
        .find(names)
        .groupBy("name", "family")
        .agg(expr("min(adapter_id)").as("adapter_id"))
        .select("name", "adapter_id")
        .collectAsList()
        .forEach(
            row ->
                ids.computeIfAbsent(row.getString(0), name -> new LinkedHashSet<>())
                    .add(row.getString(1)));
    return ids;
  }

  /** Those of some adapters that an encoder has embedded. */
  Set<String> embedded(final Set<String> ids, final String encoder) {
    return Set.copyOf(
        EmbeddingRows.unseen(catalog.read("embeddings"), encoder)
            .select("adapter_id")
            .join(named(ids), "adapter_id")
            .as(Encoders.STRING())
            .collectAsList());
  }

  private Dataset<Row> named(final Set<String> ids) {
    return spark.createDataset(List.copyOf(ids), Encoders.STRING()).toDF("adapter_id");
  }

  /** What the catalog says of some adapters. */
  List<Plan.KnownAdapter> facts(final Set<String> ids) {
    return catalog
        .living()
        .join(named(ids), "adapter_id")
        .select(
            col("adapter_id"),
            col("locations"),
            col("title"),
            col("creator"),
            col("licence"),
            col("permissions"),
            expr("coalesce(text_encoder_layers, 0) > 0").as("text_encoder"))
        .collectAsList()
        .stream()
        .map(Retrieval::known)
        .sorted(Comparator.comparing(Plan.KnownAdapter::adapterId))
        .toList();
  }

  private static Plan.KnownAdapter known(final Row row) {
    final List<Plan.Location> locations =
        row.<Row>getList(1).stream()
            .map(l -> new Plan.Location(l.getAs("uri"), l.getAs("revision"), l.<Long>getAs("size")))
            .toList();
    return new Plan.KnownAdapter(
        row.getString(0),
        locations,
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.isNullAt(5)
            ? Map.of()
            : Map.copyOf(JavaConverters.mapAsJavaMap(row.<String, String>getMap(5))),
        row.getBoolean(6));
  }
}
