package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.GateArtifact;
import io.loralake.fusion.GateCard;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.GateOptions;
import io.loralake.fusion.LearnedGates;
import io.loralake.fusion.RelevanceSpace;
import io.loralake.jobs.Main;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.generate.GenerateVerb;
import io.loralake.model.LayerTable;
import io.loralake.source.WebDataset;
import io.loralake.tests.VerbRun;
import io.loralake.tests.index.Repository;
import io.loralake.tests.index.SharedSpark;
import io.loralake.tests.lab.LabZoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Some of the lab's adapters in a catalog of their own, and what is painted with them. */
public final class PictureLake {
  public static final Path BASE = Repository.ROOT.resolve("tests/lab/base");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path root;
  private final String catalog;

  public PictureLake(final Path root) {
    this(root, root.resolve("catalog").toString());
  }

  /**
   * @param catalog its URI
   */
  PictureLake(final Path root, final String catalog) {
    this.root = root;
    this.catalog = catalog;
  }

  public Path catalog() {
    return root.resolve("catalog");
  }

  /** The file of an adapter, by its style and subject. */
  public Path adapter(final String name) {
    return root.resolve("zoo").resolve(name + ".safetensors");
  }

  public List<String> adapters() {
    return Repository.adapters(root.resolve("zoo")).stream()
        .map(file -> file.getFileName().toString().replace(".safetensors", ""))
        .toList();
  }

  /** Copies adapters and indexes them. */
  public PictureLake index(final int count) throws IOException {
    return copyAdapters(count).indexFrom(root.resolve("zoo").toString());
  }

  PictureLake copyAdapters(final int count) throws IOException {
    LabZoo.copy(count, Files.createDirectories(root.resolve("zoo")));
    return this;
  }

  /** Indexes adapters from where they were published. */
  public PictureLake indexFrom(final String... sources) {
    SharedSpark.session();
    final List<String> arguments =
        new ArrayList<>(
            List.of("index", "--catalog", catalog, "--model", "lab", "--probes", LabZoo.PROBES));
    for (final String source : sources) {
      arguments.addAll(List.of("--source", source));
    }
    assertThat(Main.run(arguments.toArray(String[]::new))).isZero();
    return this;
  }

  /** Learns from captions what the adapters' weights mean. */
  public PictureLake align() throws IOException {
    final List<String> lines = new ArrayList<>();
    for (final String adapter : adapters()) {
      lines.add(
          JSON.writeValueAsString(
              Map.of(
                  "file",
                  adapter + ".safetensors",
                  "captions",
                  List.of(adapter.replace("__", " drawings of ").replace('-', ' ')))));
    }
    Files.write(root.resolve("captions.jsonl"), lines);
    assertThat(
            Main.run(
                "train-alignment",
                "--catalog",
                catalog,
                "--captions",
                root.resolve("captions.jsonl").toString(),
                "--head",
                "ridge",
                "--folds",
                "0"))
        .isZero();
    return this;
  }

  /** Gates that look at everything, with random weights. */
  Path randomGates() throws IOException {
    final Path folder = Files.createDirectories(root.resolve("gates"));
    final ModelFolder base = ModelFolder.open(BASE);
    final Catalog tables = new Catalog(SharedSpark.session(), catalog);
    final int width = tables.read("embeddings").first().getList(2).size();
    final Random random = new Random(7);
    final RelevanceSpace space =
        new RelevanceSpace(new float[width], normal(random, 4 * width, 0.3f));
    final GateLayout layout = GateLayout.of(LayerTable.of(base.transformerConfig()));
    final Map<String, float[]> weights = new TreeMap<>();
    LearnedGates.shapes(GateOptions.FULL, layout, space.inputs())
        .forEach((name, shape) -> weights.put(name, normal(random, (int) shape.size(), 0.3f)));
    GateArtifact.of(
            new GateCard(
                "",
                GateOptions.FULL,
                layout,
                base.transformerFingerprint(),
                tables.embeddings().encoder().orElseThrow(),
                Map.of()),
            weights,
            space)
        .write(folder);
    return folder;
  }

  private static float[] normal(final Random random, final int count, final float scale) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = scale * (float) random.nextGaussian();
    }
    return values;
  }

  /** Rows that name two adapters each, in turn. */
  Path prompts(final String file, final int count, final int steps) throws IOException {
    final List<String> names = adapters();
    final List<String> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(
          JSON.writeValueAsString(
              Map.of(
                  "key",
                  "key-%03d".formatted(i),
                  "prompt",
                  "picture number %d of %s".formatted(i, "an apple and ".repeat(i % 3)),
                  "seed",
                  i,
                  "steps",
                  steps,
                  "adapters",
                  List.of(
                      names.get(i % names.size()) + ":0.5",
                      names.get((i + 1 + i / names.size()) % names.size())))));
    }
    return Files.write(root.resolve(file), rows);
  }

  /** The command's arguments but for {@code more}. */
  List<String> arguments(final Path prompts, final String out, final String... more) {
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "--prompts",
                prompts.toString(),
                "--catalog",
                catalog,
                "--base",
                BASE.toString(),
                "--out",
                out.contains(":") ? out : root.resolve(out).toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  /** Runs the command in this JVM. */
  VerbRun generate(final Path prompts, final String out, final String... more) {
    return VerbRun.of(new GenerateVerb(), arguments(prompts, out, more));
  }

  Path out(final String out) {
    return root.resolve(out);
  }

  /** The samples of all shards of an output, by key; none may be there twice. */
  Map<String, Map<String, byte[]>> samples(final String out) throws IOException {
    final Map<String, Map<String, byte[]>> samples = new TreeMap<>();
    for (final Path tar : files(out, ".tar")) {
      try (WebDataset shard = new WebDataset(Files.newInputStream(tar))) {
        for (Optional<WebDataset.Sample> sample = shard.next();
            sample.isPresent();
            sample = shard.next()) {
          assertThat(samples.put(sample.get().key(), sample.get().members()))
              .as("another %s", sample.get().key())
              .isNull();
        }
      }
    }
    return samples;
  }

  List<Path> files(final String out, final String end) throws IOException {
    try (Stream<Path> files = Files.list(out(out))) {
      return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
    }
  }

  JsonNode json(final String out, final String file) throws IOException {
    return JSON.readTree(out(out).resolve(file).toFile());
  }

  /** Pictures of two outputs are the same, byte for byte. */
  void assertSamePictures(final String actual, final String expected) throws IOException {
    final Map<String, Map<String, byte[]>> ours = samples(actual);
    final Map<String, Map<String, byte[]>> theirs = samples(expected);
    assertThat(ours.keySet()).isEqualTo(theirs.keySet());
    theirs.forEach(
        (key, members) ->
            members.forEach(
                (end, bytes) ->
                    assertThat(ours.get(key).get(end)).as("%s.%s", key, end).isEqualTo(bytes)));
  }

  /** Pictures of two outputs are the same, byte for byte, whatever is told of them. */
  void assertSamePixels(final String actual, final String expected) throws IOException {
    final Map<String, Map<String, byte[]>> ours = samples(actual);
    final Map<String, Map<String, byte[]>> theirs = samples(expected);
    assertThat(ours.keySet()).isEqualTo(theirs.keySet());
    theirs.forEach(
        (key, members) ->
            assertThat(ours.get(key).get("png")).as(key).isEqualTo(members.get("png")));
  }

  /** Nothing but finished files is there. */
  void assertTidy(final String out) throws IOException {
    try (Stream<Path> files = Files.walk(out(out))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.endsWith(".partial"));
    }
  }
}
