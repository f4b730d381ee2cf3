package io.loralake.tests.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.loralake.jobs.Main;
import io.loralake.tests.Python;
import io.loralake.tests.index.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code conf/emr} and {@code conf/databricks} describe. */
class DefinitionsTest {
  private static final Path CONF = Repository.ROOT.resolve("conf");
  private static final String JAR = "loralake-jobs.jar";

  /** A jar that is named by a definition, with its version. */
  private static final Pattern NAMED_JAR = Pattern.compile("[\\w.-]+\\.jar\\b");

  private static final String FOR_GPUS = "pytorch-native-cu128-2.7.1-linux-x86_64.jar";

  /** Not ours, or there for GPUs alone. */
  private static final List<String> ELSEWHERE = List.of("command-runner.jar", FOR_GPUS);

  @Test
  void verbsAreCalledAsTheyWantToBe() throws IOException {
    final Map<String, List<String>> calls = calls();
    assertThat(calls.values())
        .extracting(call -> call.get(0))
        .contains("index", "train-alignment", "generate");
    calls.forEach(
        (file, call) ->
            assertThatCode(() -> new CommandLine(new Main()).parseArgs(call.toArray(String[]::new)))
                .as(file)
                .doesNotThrowAnyException());
  }

  @Test
  void mainIsWhereTheySay() throws IOException {
    for (final Path file : files()) {
      assertThat(Files.readString(file)).as(file.toString()).contains(Main.class.getName());
    }
  }

  /** Those of the build, in the versions that the build has. */
  @Test
  void jarsAreThoseThatPackagingCollects() throws IOException {
    final List<String> known = new ArrayList<>(ELSEWHERE);
    known.addAll(List.of(JAR, "loralake-jobs-without-delta.jar"));
    for (final String path : System.getProperty("java.class.path").split(":")) {
      known.add(Path.of(path).getFileName().toString());
    }
    for (final Path file : files()) {
      final Matcher named = NAMED_JAR.matcher(Files.readString(file));
      while (named.find()) {
        assertThat(known).as(file.toString()).contains(named.group());
      }
    }
  }

  /** A driver without a GPU finds no use for the other's, and would look for this on the web. */
  @Test
  void whatIsForGpusHasTheCpusBesideIt() throws IOException {
    for (final Path file : files()) {
      final String text = Files.readString(file);
      if (text.contains(FOR_GPUS)) {
        assertThat(text).as(file.toString()).contains(FOR_GPUS.replace("cu128", "cpu"));
      }
    }
  }

  @Test
  void theirOwnersTakeThem() throws IOException, InterruptedException {
    Python.require("botocore, yaml, databricks.bundles");
    assertThat(
            Python.run(Repository.ROOT.resolve("scripts/peers/deploy/validate.py"), CONF).lines())
        .hasSize(files().size())
        .allMatch(line -> line.endsWith(" accepted"));
  }

  @Test
  void whatTheEnvironmentLacksIsNamedBeforeAnythingIsSent()
      throws IOException, InterruptedException {
    final ProcessBuilder submit =
        new ProcessBuilder(
                "bash",
                Repository.ROOT.resolve("scripts/submit.sh").toString(),
                CONF.resolve("emr/index.json").toString())
            .redirectErrorStream(true);
    submit.environment().putAll(Map.of("JARS", "s3://b/jars", "CATALOG", "s3://b/lake"));
    final Process process = submit.start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("asks for $EMR_APPLICATION");
    assertThat(process.waitFor()).isEqualTo(2);
  }

  @Test
  void variablesEnterAsTheyAre(@TempDir final Path folder)
      throws IOException, InterruptedException {
    final String source = "civitai://?types=LORA&query=\\ a \"b\"";
    final Path aws = Files.writeString(folder.resolve("aws"), "#!/bin/sh\nprintf %s \"$4\"\n");
    assertThat(aws.toFile().setExecutable(true)).isTrue();
    final ProcessBuilder submit =
        new ProcessBuilder(
            "bash",
            Repository.ROOT.resolve("scripts/submit.sh").toString(),
            CONF.resolve("emr/index.json").toString());
    for (final String name : List.of("JARS", "CATALOG", "EMR_APPLICATION", "EMR_ROLE", "LOGS")) {
      submit.environment().put(name, "given");
    }
    submit.environment().put("LORAS", source);
    submit.environment().merge("PATH", folder + ":", (path, own) -> own + path);
    final Process process = submit.start();
    final JsonNode sent = new ObjectMapper().readTree(process.getInputStream());
    assertThat(process.waitFor()).isZero();
    assertThat(arguments(sent)).contains(source);
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> emr = Files.list(CONF.resolve("emr"));
        Stream<Path> databricks = Files.list(CONF.resolve("databricks/resources"))) {
      return Stream.concat(emr, databricks).sorted().toList();
    }
  }

  /** The arguments of {@code loralake} in each file, with something in the place of variables. */
  private static Map<String, List<String>> calls() throws IOException {
    final ObjectMapper yaml = new YAMLMapper(); // JSON is YAML
    final Map<String, List<String>> calls = new LinkedHashMap<>();
    for (final Path file : files()) {
      final String text =
          Files.readString(file).replaceAll("\\$\\{[\\w.]+}|\\{\\{[\\w./-]+}}", "given");
      calls.put(file.toString(), arguments(yaml.readTree(text)));
    }
    return calls;
  }

  private static List<String> arguments(final JsonNode definition) {
    final List<String> arguments = new ArrayList<>();
    for (final String list : List.of("entryPointArguments", "parameters", "Args")) {
      for (final JsonNode found : definition.findValues(list)) {
        found.forEach(it -> arguments.add(it.asText("")));
      }
    }
    arguments.removeIf(String::isEmpty); // a job's own parameters are no texts
    return arguments.subList(arguments.indexOf("given/" + JAR) + 1, arguments.size());
  }
}
