package io.loralake.jobs.paint;

import ai.djl.ndarray.NDManager;
import io.loralake.adapter.PeftConfig;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.FusionSample;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.SparkOptions;
import io.loralake.jobs.options.TextEncoderConverter;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.jobs.search.RetrievalOptions;
import io.loralake.jobs.search.RetrievedAdapters;
import io.loralake.jobs.search.SearchOptions;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.source.Listed;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options that say which adapters enter a picture: files, or what retrieval finds. */
final class AdapterOptions {
  private static final String AUTO = "auto";

  @Option(
      names = "--adapter",
      paramLabel = "FILE[:SCALE]",
      converter = AdapterOption.Converter.class,
      description = "LoRA file and what to multiply its update by (default 1). May be repeated.")
  private List<AdapterOption> files = List.of();

  @Option(
      names = "--adapters",
      paramLabel = AUTO,
      description =
          "auto: the adapters that the catalog finds for the prompt. Default: those of --adapter.")
  private String adapters;

  @Option(
      names = "--catalog",
      paramLabel = "PATH",
      description = "With --adapters auto: a catalog with an encoder. Default: none.")
  private String catalog;

  @Option(
      names = "--k",
      paramLabel = "N",
      defaultValue = "3",
      description = "With --adapters auto: how many (1 to 16). Default: ${DEFAULT-VALUE}.")
  private int k;

  @Option(
      names = "--text",
      paramLabel = "minilm|DIR",
      converter = TextEncoderConverter.class,
      defaultValue = SentenceEncoders.MINILM,
      description =
          "With --adapters auto: text encoder of the catalog's encoder. Default:"
              + " ${DEFAULT-VALUE}.")
  private String text;

  @Mixin private RetrievalOptions retrievalOptions;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** A way to a file's bytes. */
  @FunctionalInterface
  private interface Opening {
    SafetensorsFile open() throws IOException;
  }

  private record Term(String id, String name, Opening file, double scale, float[] embedding) {}

  /**
   * The adapters of a picture, not yet read.
   *
   * @param encoder id of the encoder of their embeddings; null where they have none
   */
  record Chosen(List<Term> terms, float[] prompt, String encoder) {
    boolean isEmpty() {
      return terms.isEmpty();
    }

    /** Names and scales, for the picture's settings. */
    String describe() {
      return terms.stream()
          .map(term -> term.name() + ":" + term.scale())
          .collect(Collectors.joining(" "));
    }

    /**
     * Reads the files. The adapters of the sample must be closed by the caller.
     *
     * @param manager on the device where they go
     */
    FusionSample load(final AdapterLoader loader, final NDManager manager) throws IOException {
      final List<ScaledAdapter> loaded = new ArrayList<>();
      try {
        for (final Term term : terms) {
          try (SafetensorsFile file = term.file().open()) {
            final LoadedAdapter adapter = loader.load(term.id(), file, manager);
            loaded.add(new ScaledAdapter(adapter, term.scale(), term.embedding()));
          }
        }
        return new FusionSample(loaded, prompt);
      } catch (final IOException | RuntimeException e) {
        loaded.forEach(term -> term.adapter().close());
        throw e;
      }
    }
  }

  void check() {
    require(adapters == null || adapters.equals(AUTO), "--adapters", adapters, AUTO);
    require(adapters == null || catalog != null, "--catalog", catalog, "a catalog, for auto");
    for (final String option : List.of("--catalog", "--k", "--text")) {
      requireAuto(option);
    }
    RetrievalOptions.NAMES.forEach(this::requireAuto);
    retrievalOptions.check(spec);
    require(
        adapters == null || files.isEmpty(),
        "--adapter",
        files.stream().map(it -> it.file().toString()).collect(Collectors.joining(", ")),
        "nothing beside --adapters auto");
    require(k >= 1 && k <= 16, "--k", k, "a number from 1 to 16");
    for (final AdapterOption adapter : files) {
      require(Files.isRegularFile(adapter.file()), "--adapter", adapter.file(), "an existing file");
    }
  }

  /** Finds the adapters for a prompt. */
  Chosen choose(final String prompt) throws IOException {
    if (adapters == null) {
      return new Chosen(
          files.stream()
              .map(
                  it ->
                      new Term(
                          it.file().toString(),
                          it.file().getFileName().toString(),
                          () -> PeftConfig.open(it.file()),
                          it.scale(),
                          null))
              .toList(),
          null,
          null);
    }
    final SparkSession spark = new SparkOptions().session("paint");
    final RetrievedAdapters found =
        RetrievedAdapters.of(
                spark,
                new SearchOptions(
                        catalog, k, retrievalOptions.filters(), OptionalLong.empty(), 0, text)
                    .withMaxSimilarity(retrievalOptions.maxSimilarity()),
                List.of(prompt))
            .get(0);
    final AdapterFiles verified = AdapterFiles.alone(spark.sparkContext().hadoopConfiguration());
    found
        .adapters()
        .forEach(it -> verified.locate(it.id(), List.of(new Listed(it.uri(), "", Listed.UNKNOWN))));
    return new Chosen(
        found.adapters().stream()
            .map(
                it ->
                    new Term(
                        it.id(),
                        Listed.name(it.uri()),
                        () -> verified.open(it.id()),
                        1,
                        it.embedding()))
            .toList(),
        found.prompt(),
        found.encoder());
  }

  private void requireAuto(final String option) {
    Bounds.onlyWith(spec, adapters != null, option, "--adapters auto");
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }
}
