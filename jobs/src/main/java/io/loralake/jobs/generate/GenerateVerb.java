package io.loralake.jobs.generate;

import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.FusionConfig;
import io.loralake.fusion.GateArtifact;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.CatalogOptions;
import io.loralake.jobs.options.FusionOptions;
import io.loralake.jobs.options.ModelOptions;
import io.loralake.jobs.options.SparkOptions;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.jobs.search.RetrievalOptions;
import io.loralake.model.LayerTable;
import io.loralake.output.PictureFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Command line of {@link GenerateJob}. */
@Command(
    name = "generate",
    description =
        "Paints a picture for each row of a table of prompts, with adapters that retrieval chooses."
            + " A run that was killed goes on where it was; a finished one does nothing.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class GenerateVerb implements Callable<Integer> {
  private static final int MAX_K = 100;
  private static final int MAX_BATCH = 1024;

  @Option(
      names = "--prompts",
      required = true,
      paramLabel = "URI",
      description =
          "Rows, one a picture: .txt with a prompt a line, .csv, JSON lines (.jsonl), .parquet, or"
              + " a Delta table. Columns: prompt (required), key, negative_prompt, seed, width,"
              + " height, steps, guidance, cfg, k, licence, nsfw, base, min_strength, max_strength"
              + " (these before --filter), adapters (NAME:SCALE, instead of retrieval); conf/README.md"
              + " explains them.")
  private String prompts;

  @Mixin private CatalogOptions catalogOptions;

  @Mixin private ModelOptions modelOptions;

  @Option(
      names = "--encoder",
      paramLabel = "URI",
      description =
          "Encoder to search with: one of its two files, or a folder that holds it alone. The catalog"
              + " makes it its own. Default: the one that the catalog has.")
  private String encoder;

  @Mixin private FusionOptions fusionOptions;

  @Option(
      names = "--k",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "How many adapters a picture gets (0 to 100) whose row does not say it. Default:"
              + " ${DEFAULT-VALUE}.")
  private int k;

  @Mixin private RetrievalOptions retrievalOptions;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "URI",
      description = "Folder for shards, manifest and report.")
  private String out;

  @Option(
      names = "--format",
      paramLabel = "webdataset|files",
      defaultValue = "webdataset",
      description =
          "Tar files, or a folder of loose files for each shard. Default: ${DEFAULT-VALUE}.")
  private String format;

  @Option(
      names = "--pictures",
      paramLabel = "png|jpeg|webp",
      defaultValue = "png",
      converter = FormatConverter.class,
      description = "What pictures are stored as. Default: ${DEFAULT-VALUE}.")
  private PictureFormat pictures;

  @Option(
      names = "--shard-size",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Pictures of a shard, at most. Default: ${DEFAULT-VALUE}.")
  private int shardSize;

  @Option(
      names = "--offload",
      paramLabel = "none|text",
      defaultValue = "none",
      description =
          "text: a task's prompts are encoded first, then the text models leave the device, and"
              + " only then the transformer comes, so that they need not fit side by side; each is"
              + " read from its files again for every task. Default: ${DEFAULT-VALUE}.")
  private String offload;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description =
          "Pictures that are computed together (1 to 1024), or 0: as the executors' memory allows."
              + " Batches are part of the plan, since the size changes last bits; one that does not"
              + " fit is halved. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--plan-size",
      paramLabel = "N",
      defaultValue = "100000",
      description =
          "Rows that are planned and painted before the next are planned: the driver holds one plan"
              + " in memory, about 1.5 KB a picture. Neighbours that share adapters are looked for"
              + " within a plan. Default: ${DEFAULT-VALUE}.")
  private int planSize;

  @Option(
      names = "--on-missing",
      paramLabel = "fail|next",
      defaultValue = "fail",
      description =
          "When an adapter is gone or its bytes have changed: its pictures fail, or get the next"
              + " candidate of retrieval. Default: ${DEFAULT-VALUE}.")
  private String onMissing;

  @Option(
      names = "--retry-failed",
      description =
          "Also paint what failed in earlier runs, and shards that are gone; and note anew what"
              + " the catalog's generations have lost. Default: leave it.")
  private boolean retryFailed;

  @Option(
      names = "--dry-run",
      description = "Plan, measure a step, say what it would cost, and stop. Default: paint.")
  private boolean dryRun;

  @Option(
      names = "--adapter-cache",
      paramLabel = "DIR",
      description =
          "Folder on each machine for adapters that are downloaded; those not used for longest go"
              + " when less than a tenth of its disk is free. Default: loralake-adapters-USER"
              + " in the JVM's folder for temporary files.")
  private Path adapterCache;

  @Mixin private SparkOptions sparkOptions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    require(k >= 0 && k <= MAX_K, "--k", k, "a number from 0 to 100");
    require(batch >= 0 && batch <= MAX_BATCH, "--batch", batch, "a number from 0 to 1024");
    require(offload.equals("none") || offload.equals("text"), "--offload", offload, "none or text");
    require(shardSize > 0, "--shard-size", shardSize, "a positive number");
    require(planSize > 0, "--plan-size", planSize, "a positive number");
    require(
        format.equals("webdataset") || format.equals("files"),
        "--format",
        format,
        "webdataset or files");
    require(
        onMissing.equals("fail") || onMissing.equals("next"),
        "--on-missing",
        onMissing,
        "fail or next");
    retrievalOptions.check(spec);
    final ModelFolder folder = modelOptions.folder();
    final Optional<GateArtifact> gates = fusionOptions.gates();
    final FusionConfig fusion =
        fusionOptions.config(gates, LayerTable.of(folder.transformerConfig()));
    final Path scratch = adapterCache == null ? AdapterFiles.sharedFolder() : adapterCache;
    final GenerateResult result =
        new GenerateJob(
                sparkOptions.session("generate"),
                new GenerateOptions(
                    prompts,
                    catalogOptions.path(),
                    modelOptions.path(),
                    encoder,
                    catalogOptions.text(),
                    k,
                    retrievalOptions.filters(),
                    retrievalOptions.maxSimilarity(),
                    fusion,
                    gates.isPresent() ? fusionOptions.gatesPath() : null,
                    out,
                    modelOptions.deviceName(),
                    modelOptions.precision(),
                    offload.equals("text"),
                    batch,
                    shardSize,
                    planSize,
                    format.equals("files"),
                    pictures,
                    onMissing.equals("next"),
                    retryFailed,
                    dryRun,
                    scratch.toAbsolutePath().toString()),
                folder)
            .run();
    spec.commandLine().getOut().println(result.describe());
    return result.complete() ? 0 : 1;
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }

  private static final class FormatConverter implements ITypeConverter<PictureFormat> {
    @Override
    public PictureFormat convert(final String value) {
      try {
        return PictureFormat.of(value);
      } catch (final IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
