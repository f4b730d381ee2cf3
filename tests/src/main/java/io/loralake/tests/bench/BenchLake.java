package io.loralake.tests.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.jobs.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** The lab with a catalog of its adapters, and prompts for them, in a folder for benches. */
final class BenchLake {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path lab;
  private final Path work;

  /**
   * @param lab the lab's data, {@code tests/lab}
   * @param work where the catalog is made and kept
   */
  BenchLake(final Path lab, final Path work) {
    this.lab = lab;
    this.work = work;
  }

  Path base() {
    return lab.resolve("base").toAbsolutePath().normalize();
  }

  Path catalog() {
    return work.resolve("catalog").toAbsolutePath();
  }

  /** A folder that no one has used. */
  Path freshFolder(final String name) throws IOException {
    Files.createDirectories(work);
    return Files.createTempDirectory(work, name + "-");
  }

  /** Indexes the zoo and embeds it with the lab's encoder, unless an earlier bench has. */
  void prepare() throws IOException {
    if (Files.exists(catalog().resolve("embeddings"))) {
      return;
    }
    run(
        "index",
        "--catalog",
        catalog().toString(),
        "--model",
        "lab",
        "--probes",
        lab.resolve("base/probes.safetensors").toString(),
        "--source",
        lab.resolve("zoo").toString());
    final Path encoder;
    try (Stream<Path> files = Files.list(lab.resolve("encoder"))) {
      encoder = files.filter(file -> file.toString().endsWith(".json")).findFirst().orElseThrow();
    }
    run("train-alignment", "--catalog", catalog().toString(), "--use", encoder.toString());
    SparkSession.active().stop(); // benches start theirs with other options
  }

  private static void run(final String... arguments) {
    if (Main.run(arguments) != 0) {
      throw new IllegalStateException("Failed: loralake " + String.join(" ", arguments));
    }
  }

  /** As many rows of the zoo's captions, in an order of their own; then again with other seeds. */
  Path prompts(final int count) throws IOException {
    final Set<String> captions = new LinkedHashSet<>();
    for (final String line : Files.readAllLines(lab.resolve("truth.jsonl"))) {
      for (final JsonNode caption : JSON.readTree(line).get("captions")) {
        captions.add(caption.asText());
      }
    }
    final List<String> shuffled = new ArrayList<>(captions);
    Collections.shuffle(shuffled, new Random(1));
    final List<String> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(
          JSON.writeValueAsString(
              Map.of(
                  "key",
                  "picture-%04d".formatted(i),
                  "prompt",
                  shuffled.get(i % shuffled.size()),
                  "seed",
                  i)));
    }
    return Files.write(work.resolve("prompts-" + count + ".jsonl"), rows);
  }
}
