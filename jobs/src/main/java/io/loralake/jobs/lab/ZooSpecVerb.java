package io.loralake.jobs.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.jobs.options.Bounds;
import io.loralake.lab.PictureShards;
import io.loralake.lab.ZooAdapter;
import io.loralake.lab.ZooPlan;
import io.loralake.lab.ZooTruth;
import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes the specification of the zoo for {@code train-adapters}, and the truth about it. */
@Command(
    name = "zoo-spec",
    description =
        "Writes the rows from which train-adapters makes the zoo, and apart from them the truth:"
            + " adapter, style, subject, captions.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ZooSpecVerb implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      defaultValue = "tests/lab/pictures",
      description = "The lab's picture shards. Default: ${DEFAULT-VALUE}.")
  private Path pictures;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The specification to write, .jsonl.")
  private Path out;

  @Option(
      names = "--truth",
      required = true,
      paramLabel = "FILE",
      description = "The truth table to write, .jsonl.")
  private Path truth;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "96",
      description = "Training steps of each adapter. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "0.004",
      description = "Of the first step. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--flip",
      description = "Learn from mirrored pictures as well. Default: only as they are.")
  private boolean flip;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of all trainings: the same adapters, learned anew. Default: ${DEFAULT-VALUE}.")
  private int seed;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Only N adapters, spread over the zoo: to try settings. Default: all.")
  private Integer limit;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Bounds.require(spec, steps > 0, "--steps", steps, "a positive number");
    Bounds.require(spec, limit == null || limit > 0, "--limit", limit, "a positive number");
    Bounds.require(spec, !Files.isDirectory(out), "--out", out, "the name of a file");
    Bounds.require(spec, !Files.isDirectory(truth), "--truth", truth, "the name of a file");
    Bounds.requireApart(spec, "--truth", truth, "--out", out);
    final List<ZooPlan.Row> rows = chosen(ZooPlan.rows(seed));
    AtomicFile.writeLines(out, rows.stream().map(this::line).toList());
    ZooTruth.write(truth, rows.stream().map(ZooPlan.Row::adapter).toList());
    spec.commandLine().getOut().println("wrote " + rows.size() + " rows to " + out);
    return 0;
  }

  private List<ZooPlan.Row> chosen(final List<ZooPlan.Row> rows) {
    final int count = limit == null ? rows.size() : Math.min(limit, rows.size());
    return IntStream.range(0, count).mapToObj(i -> rows.get(i * rows.size() / count)).toList();
  }

  private String line(final ZooPlan.Row row) {
    final ZooAdapter adapter = row.adapter();
    final Path folder = out.toAbsolutePath().normalize().getParent();
    final Path shard =
        folder
            .relativize(pictures.toAbsolutePath().normalize())
            .resolve(adapter.style() + PictureShards.SUFFIX);
    final ObjectNode json = JSON.createObjectNode();
    json.put("name", adapter.file().replace(".safetensors", ""));
    json.put("pictures", shard.toString());
    json.putObject("select").put("subject", adapter.subject()).put("kept", false);
    json.put("rank", adapter.rank());
    json.put("alpha", adapter.alpha());
    json.putPOJO("layers", adapter.layers());
    json.put("steps", steps);
    json.put("learning_rate", learningRate);
    json.put("flip", flip);
    json.put("seed", adapter.seed());
    json.put("naming", adapter.naming());
    json.put("metadata", row.metadata());
    json.put("dtype", row.dtype());
    return json.toString();
  }
}
