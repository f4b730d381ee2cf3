package io.loralake.jobs.evaluate;

import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.TextEncoderConverter;
import io.loralake.jobs.runtime.SentenceEncoders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options that every {@code evaluate} has: what is measured, and where it is told. */
public final class EvaluateOptions {
  @Option(
      names = "--catalog",
      required = true,
      paramLabel = "PATH",
      description = "Catalog of the adapters, indexed with the base model's mean activations.")
  private String catalog;

  @Option(
      names = "--truth",
      paramLabel = "FILE",
      description =
          "JSON lines, .csv, .parquet, or a Delta table: file (a file's name, its URI, or an adapter"
              + " id), style, subject, captions, and kind where an adapter is not on all layers."
              + " Default: none; needed unless --spec is given.")
  private String truth;

  @Option(
      names = "--splits",
      paramLabel = "FILE",
      description =
          "JSON lines: split, style, subject of the combinations that each split holds out; made"
              + " by --retrieval where it is not there (3 splits, 4 subjects of each style; less of"
              + " either where there are few subjects). Default: none; needed unless --spec is"
              + " given.")
  private Path splits;

  @Option(
      names = "--text",
      paramLabel = "minilm|DIR",
      converter = TextEncoderConverter.class,
      defaultValue = SentenceEncoders.MINILM,
      description = "Text encoder. Default: ${DEFAULT-VALUE}.")
  private String text;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write every row as a line of JSON. Default: nothing is written.")
  private Path json;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write the tables: of retrieval as Markdown with plots beside it, of fusion as one HTML"
              + " page with pictures and maps of the gates. Default: the console alone.")
  private Path report;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Path of the catalog. */
  public String catalog() {
    return catalog;
  }

  /** The table of what is known of the adapters; null where it is not given. */
  public String truth() {
    return truth;
  }

  /** The file of held-out combinations; null where it is not given. */
  public Path splits() {
    return splits;
  }

  /** The text encoder, as {@link SentenceEncoders} takes it. */
  public String text() {
    return text;
  }

  /** The file that takes a line for every row. */
  public Optional<Path> json() {
    return Optional.ofNullable(json);
  }

  /** The file that takes the tables. */
  public Optional<Path> report() {
    return Optional.ofNullable(report);
  }

  /** What cannot be measured, or told, is known before anything is. */
  void check() {
    requireWritable("--json", json);
    requireWritable("--report", report);
    Bounds.requireApart(spec, "--report", report, "--json", json);
  }

  /**
   * What is known of the adapters is given.
   *
   * @param split whether the splits must be there; else they are made
   */
  void requireTruth(final boolean split) {
    Bounds.require(spec, truth != null, "--truth", truth, "a table of what is known");
    Bounds.require(spec, splits != null, "--splits", splits, "a file of combinations");
    Bounds.require(
        spec, !split || Files.isRegularFile(splits), "--splits", splits, "an existing file");
  }

  private void requireWritable(final String option, final Path file) {
    if (file != null) {
      Bounds.require(spec, !Files.isDirectory(file), option, file, "the name of a file");
      Bounds.requireWritable(spec, option, file, file);
      Bounds.requireApart(spec, option, file, "--truth", truth == null ? null : Path.of(truth));
      Bounds.requireApart(spec, option, file, "--splits", splits);
    }
  }
}
