package io.loralake.jobs.index;

import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.SparkOptions;
import io.loralake.model.FluxConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Command line of {@link IndexJob}. */
@Command(
    name = "index",
    description =
        "Indexes LoRA files into a Delta catalog: adapters, quarantine, runs. A second run reads"
            + " only what has changed.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class IndexVerb implements Callable<Integer> {

  @Option(
      names = "--source",
      required = true,
      paramLabel = "URI",
      description =
          "Folder (searched with its sub-folders) or file: a local path, file:, s3a:, hdfs:..."
              + " Hugging Face Hub: hf://OWNER/NAME[@REVISION], hf://OWNER,"
              + " hf://?filter=lora&base=OWNER/MODEL&limit=N. Civitai:"
              + " civitai://?types=LORA&baseModels=Flux.1 D&limit=N, civitai://models/ID,"
              + " civitai://model-versions/ID. list:FILE: a table (.csv, JSON lines, .parquet or"
              + " Delta) with a column url, and sha256 and size where known, or a URL a line (.txt);"
              + " logins, tokens and signatures in URLs are used and not kept."
              + " May be repeated.")
  private List<String> sources;

  @Option(
      names = "--catalog",
      required = true,
      paramLabel = "PATH",
      description = "Folder or URI of the catalog; its Delta tables lie under it.")
  private String catalog;

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      description =
          "Base model: flux-dev, flux-schnell, lab, or a JSON file with its sizes (keys of BFL or of"
              + " diffusers). Default: the catalog's; flux-dev for a new catalog.")
  private String model;

  @Option(
      names = "--probes",
      paramLabel = "FILE",
      description =
          "Probe set for the sketches, safetensors: layer name -> (P, d_in). Default: the"
              + " catalog's; for a new catalog 16 seeded Gaussian probes, which make retrieval"
              + " weaker than the base model's mean activations ('loralake probes').")
  private String probes;

  @Option(
      names = "--reread",
      description =
          "With --probes: change the catalog's probe set and read all files again. Default: a probe"
              + " set other than the catalog's is an error.")
  private boolean reread;

  @Option(
      names = "--commit-every",
      paramLabel = "GB",
      defaultValue = "16",
      description =
          "Commit after so many gigabytes of files, a small file counted as 2 MB; what is committed"
              + " survives a kill. Default: ${DEFAULT-VALUE}.")
  private double commitEvery;

  @Option(
      names = "--attempts",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "How often reading a file is tried before it counts as failed (1 to 100). Default:"
              + " ${DEFAULT-VALUE}.")
  private int attempts;

  @Option(
      names = "--max-duration",
      paramLabel = "MINUTES",
      description =
          "Stop cleanly after so many minutes and say what is left; the next run goes on from"
              + " there. Default: run to the end.")
  private Double maxDuration;

  @Option(
      names = "--dry-run",
      description =
          "List and compare, print what would be fetched, fetch nothing. The listing of sites is"
              + " kept for the next run. Default: fetch.")
  private boolean dryRun;

  @Option(
      names = "--show",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Print the first N rows of the catalog and of the quarantine afterwards (0 to 1000)."
              + " Default: ${DEFAULT-VALUE}.")
  private int show;

  @Mixin private SparkOptions sparkOptions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    require(attempts >= 1 && attempts <= 100, "--attempts", attempts, "a number from 1 to 100");
    require(
        Bounds.isPositive(commitEvery),
        "--commit-every",
        commitEvery,
        "a positive number of gigabytes");
    require(show >= 0 && show <= 1000, "--show", show, "a number from 0 to 1000");
    require(
        maxDuration == null || Bounds.isPositive(maxDuration),
        "--max-duration",
        maxDuration,
        "a positive number of minutes");
    requireModel();
    final IndexOptions options =
        new IndexOptions(
            sources,
            catalog,
            Optional.ofNullable(model),
            Optional.ofNullable(probes),
            reread,
            Math.max(1, (long) (commitEvery * 1e9)),
            attempts,
            Optional.ofNullable(maxDuration)
                .map(minutes -> Duration.ofMillis((long) (minutes * 60_000))),
            dryRun);
    final SparkSession spark = sparkOptions.session("index");
    final IndexResult result = new IndexJob(spark, options).run();
    if (show > 0) {
      spec.commandLine().getOut().println(new CatalogPreview(spark, catalog).text(show));
    }
    spec.commandLine().getOut().println(result.describe());
    return result.complete() ? 0 : 1;
  }

  private void requireModel() {
    try {
      if (model != null) {
        FluxConfig.load(model);
      }
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--model: " + e.getMessage(), e);
    }
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }
}
