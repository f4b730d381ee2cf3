package io.loralake.tests.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loralake.tests.Python;
import io.loralake.tests.index.LoralakeProcess;
import io.loralake.tests.index.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jars for spark-submit, which {@code mvn package} makes. */
class ClusterJarTest {
  private static final Path JARS = Repository.ROOT.resolve("jobs/target").toAbsolutePath();
  private static final Path LAB = Repository.ROOT.resolve("tests/lab").toAbsolutePath();

  /**
   * What a jar may bring under its own name: no Spark distribution has it. Others are relocated
   * (jobs/pom.xml), for a distribution's version wins.
   */
  private static final List<String> OWN =
      List.of(
          "io/loralake/",
          "ai/djl/",
          "com/github/weisj/jsvg/",
          "com/google/errorprone/annotations/",
          "com/google/re2j/",
          "com/luciad/imageio/webp/",
          "com/madgag/gif/",
          "com/sun/jna/",
          "de/erichseifert/vectorgraphics2d/",
          "de/rototor/pdfbox/",
          "io/github/bucket4j/",
          "org/apache/fontbox/",
          "org/apache/pdfbox/",
          "org/jsoup/",
          "org/knowm/xchart/",
          "picocli/");

  private static final List<String> DELTA =
      List.of(
          "com/databricks/spark/util/",
          "io/delta/",
          "org/apache/spark/internal/",
          "org/apache/spark/sql/");

  @TempDir private Path root;

  @Test
  void noClassHidesBehindOneOfSparks() throws IOException {
    assertThat(foreign("loralake-jobs.jar", Stream.concat(OWN.stream(), DELTA.stream()).toList()))
        .isEmpty();
    assertThat(foreign("loralake-jobs-without-delta.jar", OWN)).isEmpty();
  }

  /** The folders of classes that are not known. */
  private static Set<String> foreign(final String name, final List<String> known)
      throws IOException {
    final Set<String> foreign = new TreeSet<>();
    try (JarFile jar = new JarFile(jar(name).toFile())) {
      jar.stream()
          .map(JarEntry::getName)
          .filter(entry -> entry.endsWith(".class") && known.stream().noneMatch(entry::startsWith))
          .forEach(entry -> foreign.add(entry.substring(0, entry.lastIndexOf('/') + 1)));
    }
    return foreign;
  }

  /** Spark as it is distributed, with the libraries that it has. */
  @Test
  void verbsRunOnADistributionOfSpark() throws IOException, InterruptedException {
    Python.require("pyspark");
    final Path adapters = Files.createDirectories(root.resolve("adapters"));
    for (final Path adapter : Repository.adapters(LAB.resolve("zoo")).subList(0, 2)) {
      Files.copy(adapter, adapters.resolve(adapter.getFileName()));
    }
    final Path prompts =
        Files.writeString(
            root.resolve("prompts.jsonl"),
            "{\"key\": \"one\", \"prompt\": \"a cat\", \"steps\": 2, \"adapters\": \"%s:1\"}%n"
                .formatted(Repository.adapters(adapters).get(0).getFileName()));
    final String catalog = root.resolve("catalog").toString();
    final String base = LAB.resolve("base").toString();
    final Path pictures = root.resolve("pictures");

    assertThat(
            submitted(
                "index",
                "--source",
                adapters,
                "--catalog",
                catalog,
                "--model",
                "lab",
                "--probes",
                base + "/probes.safetensors"))
        .contains("indexed 2");
    assertThat(
            inASession(
                "generate",
                "--prompts",
                prompts,
                "--catalog",
                catalog,
                "--base",
                base,
                "--out",
                pictures,
                "--pictures",
                "webp",
                "--",
                "search",
                "--catalog",
                catalog,
                "a cat"))
        .contains(
            "generate returned",
            "search threw search: Catalog file:" + catalog + " has no encoder yet",
            "the session has counted to 3");
    assertThat(pictures.resolve("00000.tar")).exists();
  }

  /** What spark-submit prints of a verb that ends well. */
  private String submitted(final Object... arguments) throws IOException, InterruptedException {
    final Path home =
        Path.of(
            Python.run(
                    Files.writeString(
                        root.resolve("home.py"),
                        "import os, pyspark\nprint(os.path.dirname(pyspark.__file__))"))
                .strip());
    final List<String> command = new ArrayList<>();
    command.addAll(List.of(home.resolve("bin/spark-submit").toString(), "--master", "local[2]"));
    command.addAll(List.of("--class", "io.loralake.jobs.Main", "--jars", beside()));
    command.add(jar("loralake-jobs.jar").toString());
    return printed(command, arguments);
  }

  /** What verbs print in a session with a Delta of its own; ends well even where they do not. */
  private String inASession(final Object... arguments) throws IOException, InterruptedException {
    final String jars =
        String.join(
            ",",
            jar("loralake-jobs-without-delta.jar").toString(),
            onClasspath("delta-spark", "delta-storage"),
            beside());
    final Path script = Repository.ROOT.resolve("tests/src/test/python/guest.py");
    return printed(List.of(Python.PROGRAM, script.toString(), jars), arguments);
  }

  private String printed(final List<String> program, final Object... arguments)
      throws IOException, InterruptedException {
    final List<String> command = new ArrayList<>(program);
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    final Path log = root.resolve(arguments[0] + ".log");
    final ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    final Map<String, String> environment = builder.environment();
    environment.remove("SPARK_HOME"); // of this JVM's Spark; a distribution knows its own
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("JDK_JAVA_OPTIONS", LoralakeProcess.SHORT_LIVED);
    final int code = builder.start().waitFor();
    final String output = Files.readString(log);
    assertThat(code).as(output).isZero();
    return output;
  }

  /** Skips the running test before packaging: {@code mvn verify}, and so CI, packages first. */
  private static Path jar(final String name) {
    assumeTrue(Files.exists(JARS.resolve(name)), "mvn package makes " + name);
    return JARS.resolve(name);
  }

  /** What goes beside the jar. */
  private static String beside() {
    return onClasspath("pytorch-native", "onnxruntime", "langchain4j-embeddings");
  }

  private static String onClasspath(final String... names) {
    return Stream.of(System.getProperty("java.class.path").split(":"))
        .filter(jar -> Stream.of(names).anyMatch(Path.of(jar).getFileName().toString()::startsWith))
        .collect(Collectors.joining(","));
  }
}
