package io.loralake.jobs.evaluate;

import io.loralake.jobs.runtime.Bounds;
import io.loralake.jobs.runtime.SentenceEncoders;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options that every {@code evaluate} has: what is measured, and where it is told. */
final class EvaluateOptions {
  @Option(
      names = "--catalog",
      required = true,
      paramLabel = "PATH",
      description = "Catalog of the adapters, indexed with the base model's mean activations.")
  String catalog;

  @Option(
      names = "--truth",
      paramLabel = "FILE",
      description =
          "JSON lines, .csv, .parquet, or a Delta table: file (a file's name, its URI, or an adapter"
              + " id), style, subject, captions, and kind where an adapter is not on all layers."
              + " Default: none; needed unless --spec is given.")
  String truth;

  @Option(
      names = "--splits",
      paramLabel = "FILE",
      description =
          "JSON lines: split, style, subject of the combinations that each split holds out; made"
              + " where it is not there (3 splits, 4 subjects of each style). Default: none; needed"
              + " unless --spec is given.")
  Path splits;

  @Option(
      names = "--text",
      paramLabel = "minilm|DIR",
      defaultValue = SentenceEncoders.MINILM,
      description = "Text encoder. Default: ${DEFAULT-VALUE}.")
  String text;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write every row as a line of JSON. Default: nothing is written.")
  Path json;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write the tables: of retrieval as Markdown with plots beside it, of fusion as one HTML"
              + " page with pictures and maps of the gates. Default: the console alone.")
  Path report;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** What cannot be measured, or told, is known before anything is. */
  void check() {
    requireWritable("--json", json);
    requireWritable("--report", report);
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
    }
  }
}
