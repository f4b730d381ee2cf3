package io.loralake.tests.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The Python side: a process that answers each JSON line with a JSON line. */
final class Peer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path script;
  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter requests;
  private final String description;

  /** Starts the script and waits until it is ready. */
  Peer(final String python, final Path script, final String... arguments) throws IOException {
    this.script = script;
    final List<String> command = new ArrayList<>(List.of(python, script.toString()));
    command.addAll(List.of(arguments));
    this.process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    this.description = answer().get("ready").asText();
  }

  /** The versions that it runs on. */
  String description() {
    return description;
  }

  /** Milliseconds that one call of the case takes there. */
  double measure(final String name, final int batch) throws IOException {
    return ask(Map.of("case", name, "batch", batch)).get("ms").asDouble();
  }

  /** As {@link #measure}; the output goes into {@code file} as the tensor {@code out}. */
  void save(final String name, final int batch, final Path file) throws IOException {
    ask(Map.of("case", name, "batch", batch, "save", file.toString()));
  }

  /** Its answer to one request. */
  JsonNode ask(final Map<String, Object> request) throws IOException {
    requests.write(JSON.writeValueAsString(request));
    requests.newLine();
    requests.flush();
    return answer();
  }

  private JsonNode answer() throws IOException {
    final String line = answers.readLine();
    if (line == null) {
      throw new IllegalArgumentException(
          "%s ended, its error is above; what it needs: scripts/peers/requirements.txt, and PYTHON"
              .formatted(script));
    }
    return JSON.readTree(line);
  }

  @Override
  public void close() throws IOException {
    requests.close();
    process.destroy();
  }
}
