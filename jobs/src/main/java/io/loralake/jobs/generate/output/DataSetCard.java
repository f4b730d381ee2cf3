package io.loralake.jobs.generate.output;

import io.loralake.fusion.FusionConfig;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.runtime.Amount;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** {@code README.md}: the output as hubs of data sets show it. */
public final class DataSetCard {
  private static final long[] SIZES = {1_000, 10_000, 100_000, 1_000_000, 10_000_000};
  private static final List<String> SIZE_NAMES =
      List.of("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M");

  /**
   * What Hugging Face's {@code datasets} is to load: by itself it takes {@code manifest.json} and
   * its like. What it has loaded it keeps for as long as this text is the same, whatever the shards
   * are: the description tells outputs to which pictures were added from what they were.
   */
  private static final String FILES =
      """
      configs:
      - config_name: default
        description: "%s in %s"
        data_files: %s
      """;

  /** What Markdown and HTML read; an underscore within a word says nothing to them. */
  private static final Pattern SIGNS =
      Pattern.compile("[\\\\`*\\[\\]<&~|]|(?<![\\p{L}\\p{N}])_|_(?![\\p{L}\\p{N}])");

  private static final String LOOSE_FILES = "[\"*/*.%s\", \"*/" + ShardTask.CAPTIONS + "\"]";

  /**
   * Types in shards, which {@code datasets} guesses from the first five pictures: where those have
   * no adapters it fails at the first that has some.
   */
  private static final String TYPES =
      """
      dataset_info:
        features:
        - name: __key__
          dtype: string
        - name: %s
          dtype: image
        - name: txt
          dtype: string
        - name: json
          struct:
          - name: prompt
            dtype: string
          - name: negative_prompt
            dtype: string
          - name: seed
            dtype: int64
          - name: width
            dtype: int64
          - name: height
            dtype: int64
          - name: steps
            dtype: int64
          - name: guidance
            dtype: float64
          - name: cfg
            dtype: float64
          - name: adapters
            list:
            - name: adapter_id
              dtype: string
            - name: title
              dtype: string
            - name: creator
              dtype: string
            - name: licence
              dtype: string
            - name: score
              dtype: float64
            - name: scale
              dtype: float64
      """;

  private final OutputContent content;
  private final Plan.Header plan;
  private final boolean loose;
  private final String extension;

  public DataSetCard(
      final OutputContent content,
      final Plan.Header plan,
      final boolean loose,
      final String extension) {
    this.content = content;
    this.plan = plan;
    this.loose = loose;
    this.extension = extension;
  }

  /** The card as {@code README.md}, with front matter. */
  public String markdown() {
    final StringBuilder text = new StringBuilder();
    text.append("---\nlicense: other\ntask_categories:\n- text-to-image\nsize_categories:\n- ")
        .append(size())
        .append("\ntags:\n- synthetic\n- lora\n")
        .append(loose ? "" : "- webdataset\n")
        .append(
            String.format(
                Locale.ROOT,
                FILES,
                Amount.of(content.totals().successes(), "picture"),
                Amount.of(content.shards().size(), "shard"),
                loose ? LOOSE_FILES.formatted(extension) : "\"*.tar\""))
        .append(loose ? "" : TYPES.formatted(extension))
        .append("---\n\n# Generated pictures\n\n");
    text.append(
        String.format(
            Locale.ROOT,
            "%s, painted by LoraLake with base model `%s` and adapters that were found by"
                + " their weights in catalog `%s` (version %d). %s could not be"
                + " painted.%n%n",
            Amount.of(content.totals().successes(), "picture"),
            plan.model().substring(0, 16),
            plan.catalog(),
            plan.adaptersVersion(),
            Amount.of(content.totals().failed(), "planned picture")));
    text.append(
        "`%s` holds `KEY.%s`, `KEY.txt` (the prompt) and `KEY.json` of each picture."
            .formatted(loose ? "NNNNN/" : "NNNNN.tar", extension));
    if (loose) {
      text.append(
          " `NNNNN/%s` has the file name and the prompt of each, a line for each."
              .formatted(ShardTask.CAPTIONS));
    }
    text.append(
        " `NNNNN.parquet` has a row for each planned picture (one that failed and was painted by a"
            + " later run has two: the larger number counts), `manifest.json` names the shards. The"
            + " JSON is enough to paint a picture again: `loralake paint --from-json KEY.json --base"
            + " DIR%s --out FILE`.\n\n".formatted(isGated() ? " --gates PATH" : ""));
    return text.append("## Credits\n\n").append(credits()).toString();
  }

  private String credits() {
    if (content.credits().isEmpty()) {
      return "No adapter acted on these pictures.\n";
    }
    final TreeSet<String> licences = new TreeSet<>();
    final TreeSet<String> creators = new TreeSet<>();
    for (final OutputContent.Credit credit : content.credits()) {
      licences.add(told(credit.licence()));
      creators.add(told(credit.creator()));
    }
    final StringBuilder text = new StringBuilder("Licences of the adapters: ");
    text.append(String.join(", ", licences))
        .append(". Creators: ")
        .append(String.join(", ", creators))
        .append(".\n\n| adapter | id | by | licence | pictures |\n|---|---|---|---|---|\n");
    for (final OutputContent.Credit credit : content.credits()) {
      text.append(
          "| %s | `%s` | %s | %s | %d |%n"
              .formatted(
                  told(credit.title()),
                  credit.adapterId(),
                  told(credit.creator()),
                  told(credit.licence()),
                  credit.pictures()));
    }
    return text.toString();
  }

  private boolean isGated() {
    return FusionConfig.parse(plan.options().get("--fusion")).gates() != null;
  }

  private String size() {
    int i = 0;
    while (i < SIZES.length && content.totals().successes() >= SIZES[i]) {
      i++;
    }
    return SIZE_NAMES.get(i);
  }

  /** In one line, and as strangers wrote it: neither HTML nor Markdown. */
  private static String told(final String text) {
    return text == null
        ? "unknown"
        : SIGNS.matcher(text.strip().replaceAll("\\s+", " ")).replaceAll("\\\\$0");
  }
}
