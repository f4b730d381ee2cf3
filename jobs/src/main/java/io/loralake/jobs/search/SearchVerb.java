package io.loralake.jobs.search;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.CatalogOptions;
import io.loralake.jobs.options.SparkOptions;
import io.loralake.jobs.runtime.Amount;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Command line of {@link SearchJob}. */
@Command(
    name = "search",
    description = "Finds adapters for a prompt, or for many, by what their weights do.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class SearchVerb implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Parameters(
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "What is to be painted. Instead: --like or --prompts.")
  private String prompt;

  @Mixin private CatalogOptions catalogOptions;

  @Option(
      names = "--k",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "How many adapters are wanted (1 to 10000); a smaller catalog gives all it has. Default:"
              + " ${DEFAULT-VALUE}.")
  private int k;

  @Option(
      names = "--like",
      paramLabel = "ADAPTER",
      description =
          "Find adapters like this one: its id or 8 digits of it or more, a URI, or a file's name."
              + " Default: none.")
  private String like;

  @Mixin private RetrievalOptions retrievalOptions;

  @Option(
      names = "--as-of",
      paramLabel = "VERSION",
      description = "Version of the embeddings table. Default: the newest.")
  private Long asOf;

  @Option(
      names = "--hybrid",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Weight of the captions that the catalog has, beside the weights (0 to 1). Default:"
              + " ${DEFAULT-VALUE}, weights only.")
  private double hybrid;

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description =
          "Many prompts: .txt with a prompt a line, or .csv, JSON lines, .parquet, or a Delta table"
              + " with prompt and, if wanted, key. Default: the one prompt.")
  private String prompts;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "With --prompts: where the hits go, JSON lines where the name ends in .jsonl or .json,"
              + " else a Delta table. Default: the console.")
  private String out;

  @Option(names = "--json", description = "Print hits as JSON. Default: a table.")
  private boolean json;

  @Mixin private SparkOptions sparkOptions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    final long asked =
        List.of(prompt != null, like != null, prompts != null).stream().filter(it -> it).count();
    Bounds.require(
        spec, asked == 1, "PROMPT, --like, --prompts", asked + " of them", "exactly one of them");
    Bounds.require(spec, isSomething(prompt), "PROMPT", quoted(prompt), "a text");
    Bounds.require(
        spec, isSomething(like), "--like", quoted(like), "an adapter's id, URI or file name");
    Bounds.require(spec, k >= 1 && k <= 10_000, "--k", k, "a number from 1 to 10000");
    Bounds.require(spec, hybrid >= 0 && hybrid <= 1, "--hybrid", hybrid, "a number from 0 to 1");
    Bounds.require(
        spec, out == null || prompts != null, "--out", out, "only together with --prompts");
    if (out != null) {
      Bounds.requireApart(spec, "--out", Path.of(out), "--prompts", Path.of(prompts));
    }
    Bounds.require(
        spec, asOf == null || asOf >= 0, "--as-of", asOf, "a version, a number from 0 on");
    retrievalOptions.check(spec);
    final SparkSession spark = sparkOptions.session("search");
    final SearchJob job =
        new SearchJob(
            spark,
            new SearchOptions(
                    catalogOptions.path(),
                    k,
                    retrievalOptions.filters(),
                    asOf == null ? OptionalLong.empty() : OptionalLong.of(asOf),
                    hybrid,
                    catalogOptions.text())
                .withMaxSimilarity(retrievalOptions.maxSimilarity()));
    return prompts == null ? single(job) : batch(spark, job);
  }

  /** A shell's variable that is not set leaves an empty word. */
  private static boolean isSomething(final String word) {
    return word == null || !word.isBlank();
  }

  private static String quoted(final String word) {
    return "'" + word + "'";
  }

  private int single(final SearchJob job) throws IOException {
    final List<FoundAdapter> hits =
        like != null ? job.like(like) : job.prompts(List.of(prompt)).get(0);
    final PrintWriter console = spec.commandLine().getOut();
    if (hits.size() < k) {
      final PrintWriter err = spec.commandLine().getErr();
      err.printf(
          "search: --k asks for %s, %d can be found%n", Amount.of(k, "adapter"), hits.size());
    }
    if (json) {
      console.println(JSON.writeValueAsString(hits));
    } else {
      for (int i = 0; i < hits.size(); i++) {
        final FoundAdapter hit = hits.get(i);
        console.printf(
            "%3d  %6.3f  %s  %s%n", i + 1, hit.score(), hit.adapterId().substring(0, 8), hit.uri());
      }
    }
    return 0;
  }

  private int batch(final SparkSession spark, final SearchJob job) throws IOException {
    final PromptFile file = new PromptFile(spark);
    final PromptFile.Prompts read = file.read(prompts);
    final PrintWriter err = spec.commandLine().getErr();
    read.refused().forEach(line -> err.println("refused: " + prompts + ": " + line));
    if (read.texts().isEmpty()) {
      throw new IllegalArgumentException(prompts + " has no prompt");
    }
    if (out != null) {
      file.requireFree(out);
      file.requireWritable(out);
    }
    final List<List<FoundAdapter>> hits = job.prompts(read.texts());
    final PrintWriter console = spec.commandLine().getOut();
    if (out != null) {
      file.write(out, read, hits);
      console.printf(
          "prompts %d, hits %d; written to %s%n",
          hits.size(), hits.stream().mapToInt(List::size).sum(), out);
    } else {
      for (int i = 0; i < hits.size(); i++) {
        console.println(JSON.writeValueAsString(PromptFile.line(read, hits, i)));
      }
    }
    return read.refused().isEmpty() ? 0 : 1;
  }
}
