package io.loralake.tests.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.FusionConfig;
import io.loralake.jobs.generate.GenerateJob;
import io.loralake.jobs.generate.GenerateOptions;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.output.PictureFormat;
import io.loralake.tensor.Precision;
import io.loralake.text.SentenceEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** A generation job that paints some of the lab's prompts. */
final class GenerateRun {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BenchLake lake;
  private final int batch;
  private final int k;

  /**
   * @param batch pictures that are computed together
   * @param k adapters of a picture
   */
  GenerateRun(final BenchLake lake, final int batch, final int k) {
    this.lake = lake;
    this.batch = batch;
    this.k = k;
  }

  /**
   * What a run took.
   *
   * @param out the folder with its pictures
   * @param seconds from the first look at the prompts to the report
   * @param computing seconds that tasks spent in the base model's text encoder, transformer and
   *     decoder
   */
  record Took(Path out, int pictures, double seconds, double computing) {
    double rate() {
      return pictures / seconds;
    }

    /** What part of the cores' time went into anything but text encoder, transformer, decoder. */
    double overhead(final int cores) {
      return overhead(cores, 0);
    }

    /**
     * The same, with the text encoder that finds adapters.
     *
     * @param finding seconds that one core takes for its vectors of the prompts
     */
    double overhead(final int cores, final double finding) {
      return 1 - (computing + finding) / (cores * seconds);
    }
  }

  /** Seconds that one core takes for the vectors by which adapters are found. */
  double finding(final int pictures) throws IOException {
    final Set<String> prompts = new LinkedHashSet<>(); // each is searched once
    for (final String row : Files.readAllLines(lake.prompts(pictures))) {
      prompts.add(JSON.readTree(row).get("prompt").asText());
    }
    final SentenceEncoder encoder = SentenceEncoders.get(SentenceEncoders.MINILM);
    final long start = System.nanoTime();
    encoder.sentences(List.copyOf(prompts));
    return (System.nanoTime() - start) / 1e9;
  }

  /** Paints so many pictures into a new folder. */
  Took run(final SparkSession session, final int pictures) throws IOException {
    final Path out = lake.freshFolder("pictures");
    final double seconds =
        new GenerateJob(
                session,
                new GenerateOptions(
                    lake.prompts(pictures).toString(),
                    lake.catalog().toString(),
                    lake.base().toString(),
                    null,
                    SentenceEncoders.MINILM,
                    k,
                    Map.of(),
                    1,
                    FusionConfig.plain(FusionConfig.Kind.MEAN), // what the peer's scales 1/k do
                    null,
                    out.toString(),
                    "cpu",
                    Precision.F32,
                    false,
                    batch,
                    pictures,
                    pictures,
                    false,
                    PictureFormat.PNG,
                    false,
                    false,
                    false,
                    lake.freshFolder("adapters").toString()),
                ModelFolder.open(lake.base()))
            .run()
            .seconds();
    double computing = 0;
    int painted = 0;
    try (Stream<Path> files = Files.list(out)) {
      for (final Path file : files.filter(it -> it.toString().endsWith("_stats.json")).toList()) {
        final JsonNode stats = JSON.readTree(file.toFile());
        painted += stats.get("successes").asInt();
        computing +=
            stats.at("/seconds/text").asDouble() + stats.at("/seconds/painting").asDouble();
      }
    }
    if (painted != pictures) {
      throw new IllegalStateException("%s has %d of %d pictures".formatted(out, painted, pictures));
    }
    return new Took(out, pictures, seconds, computing);
  }
}
