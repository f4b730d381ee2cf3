package io.loralake.jobs.alignment;

import io.loralake.alignment.ContrastiveHead;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.RidgeTraining;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.CheckpointOptions;
import io.loralake.jobs.options.SparkOptions;
import io.loralake.jobs.options.TextEncoderConverter;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.SentenceEncoders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Command line of {@link TrainAlignmentJob}. */
@Command(
    name = "train-alignment",
    description =
        "Learns from captions a space in which prompts find adapters by their weights, and embeds"
            + " the whole catalog in it.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class TrainAlignmentVerb implements Callable<Integer> {
  private static final Set<String> READ_WITH_USE =
      Set.of("--catalog", "--use", "--master", "--conf");

  @Option(
      names = "--catalog",
      required = true,
      paramLabel = "PATH",
      description = "Folder or URI of a catalog that 'index' has made.")
  private String catalog;

  @Option(
      names = "--captions",
      paramLabel = "FILE",
      description =
          "JSON lines, .csv, .parquet, or a Delta table: file (a file's name, its URI, or an adapter"
              + " id), captions (a text or a list), optional weight and group (never split between"
              + " training and validation). Default: captions, trigger words and titles that the"
              + " catalog has.")
  private String captions;

  @Option(
      names = "--hold-out",
      paramLabel = "FILE",
      description =
          "JSON lines, CSV, parquet or Delta table with a column file: adapters whose captions are"
              + " not looked at at all. Default: none.")
  private String holdOut;

  @Option(
      names = "--head",
      paramLabel = "auto|ridge|contrastive",
      defaultValue = TrainingOptions.AUTO,
      description =
          "What is trained: ridge is exact and takes seconds, contrastive is better from 100"
              + " captioned adapters on, auto takes the one or the other. Default:"
              + " ${DEFAULT-VALUE}.")
  private String head;

  @Option(
      names = "--text",
      paramLabel = "minilm|DIR",
      converter = TextEncoderConverter.class,
      defaultValue = SentenceEncoders.MINILM,
      description =
          "Text encoder: all-MiniLM-L6-v2, or the folder of a base model, whose CLIP is taken."
              + " Default: ${DEFAULT-VALUE}.")
  private String text;

  @Option(
      names = "--validation",
      paramLabel = "SHARE",
      defaultValue = "0.1",
      description =
          "Share of the captioned adapters that training does not see and that judge it (0 to 0.5)."
              + " Default: ${DEFAULT-VALUE}.")
  private double validation;

  @Option(
      names = "--folds",
      paramLabel = "N",
      defaultValue = "5",
      description =
          "Contrastive: train so many times more, each time without a part, to embed every training"
              + " adapter by a head that has not seen it; 0: not at all. Default: ${DEFAULT-VALUE}.")
  private int folds;

  @Option(
      names = "--whiten",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Ridge: so many principal directions of the texts, each with unit spread; 0: texts as they"
              + " are. Default: ${DEFAULT-VALUE}.")
  private int whiten;

  @Option(
      names = "--partial",
      paramLabel = "SHARE",
      description =
          "Share of training samples that are seen with whole layers dropped, as incomplete adapters"
              + " are (0 to below 1). Default: contrastive 0.6, ridge 0.5.")
  private Optional<Double> partial;

  @Option(
      names = "--shards",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Contrastive: spread the adapters over so many Spark tasks; 0: up to 20,000 train in the"
              + " driver, which is faster. The result is the same. Default: ${DEFAULT-VALUE}.")
  private int shards;

  @Option(
      names = "--driver-up-to",
      paramLabel = "N",
      description =
          "Most adapters whose sketches the driver holds. Those of more stay on executors, which pass"
              + " over them: ridge comes out the same, contrastive has the same principal components,"
              + " and both do without out-of-fold embeddings. Default: ridge 1000,"
              + " contrastive 5000, and no more than have 512 MiB of sketches (with 16 probes of FLUX.1"
              + " 862). Ridge never holds more than have features for an array of 2 GiB, all views"
              + " counted (1724 of them).")
  private Integer driverUpTo;

  @Mixin private CheckpointOptions checkpoint;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of the split and of the training. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Also write the encoder and its report there. Default: the catalog alone.")
  private Path out;

  @Option(
      names = "--use",
      paramLabel = "ENCODER",
      description =
          "No training: take over this encoder, one of its two files or a folder that holds it alone,"
              + " and embed the catalog with it. Default: train.")
  private String use;

  @Mixin private ContrastiveArguments contrastive;

  @Mixin private SparkOptions sparkOptions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (use != null) {
      for (final OptionSpec given : spec.commandLine().getParseResult().matchedOptions()) {
        final boolean isRead = READ_WITH_USE.contains(given.longestName());
        Bounds.onlyWith(spec, isRead, given.longestName(), "a training, which --use is not");
      }
      return adopt();
    }
    final List<String> heads =
        List.of(TrainingOptions.AUTO, RidgeTraining.HEAD, ContrastiveHead.HEAD);
    require(out == null || !Files.isRegularFile(out), "--out", out, "a folder");
    require(heads.contains(head), "--head", head, String.join(", ", heads));
    require(
        validation >= 0 && validation <= 0.5, "--validation", validation, "a number from 0 to 0.5");
    require(folds == 0 || folds >= 2 && folds <= 100, "--folds", folds, "0, or from 2 to 100");
    require(whiten >= 0, "--whiten", whiten, "0 or a positive number");
    require(
        partial.stream().allMatch(share -> share >= 0 && share < 1),
        "--partial",
        partial.orElse(null),
        "a number from 0 to below 1");
    require(
        driverUpTo == null || driverUpTo >= 1, "--driver-up-to", driverUpTo, "a positive number");
    require(shards >= 0, "--shards", shards, "0 or a positive number");
    final TrainingOptions options =
        new TrainingOptions(
            catalog,
            Optional.ofNullable(captions),
            Optional.ofNullable(holdOut),
            head,
            text,
            validation,
            folds,
            shards,
            driverUpTo == null ? OptionalInt.empty() : OptionalInt.of(driverUpTo),
            Optional.ofNullable(checkpoint.folder()),
            Optional.ofNullable(out),
            new RidgeTraining.Options(
                whiten, partial.orElse(RidgeTraining.Options.DEFAULT.partialWeight())),
            contrastive.options(partial.orElse(ContrastiveOptions.DEFAULT.partial()), seed));
    if (out != null) {
      Bounds.requireWritable(spec, "--out", out, out.resolve("encoder.json"));
    }
    checkpoint.requireWritable();
    final TrainingResult result =
        new TrainAlignmentJob(sparkOptions.session("train-alignment"), options).run();
    spec.commandLine().getOut().println(result.describe());
    return result.refused().isEmpty() ? 0 : 1;
  }

  private int adopt() throws IOException {
    final SparkSession spark = sparkOptions.session("train-alignment");
    final CurrentEncoder.Adopted adopted =
        new CurrentEncoder(spark, new Catalog(spark, catalog)).adopt(use);
    spec.commandLine()
        .getOut()
        .printf(
            "encoder %s: %s embedded%n",
            adopted.encoder(), Amount.of(adopted.embedded(), "adapter"));
    return 0;
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }
}
