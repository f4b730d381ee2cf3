package io.loralake.tests.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The Python side: a process that answers each JSON line with a JSON line. */
final class Peer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter requests;
  private final String description;

  /** Starts the script and waits until it has put its models and inputs into {@code work}. */
  Peer(final String python, final Path script, final Path work) throws IOException {
    this.process =
        new ProcessBuilder(python, script.toString(), work.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
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
    requests.write(JSON.writeValueAsString(Map.of("case", name, "batch", batch)));
    requests.newLine();
    requests.flush();
    return answer().get("ms").asDouble();
  }

  private JsonNode answer() throws IOException {
    final String line = answers.readLine();
    if (line == null) {
      throw new IOException("The Python side ended; its error is above");
    }
    return JSON.readTree(line);
  }

  @Override
  public void close() throws IOException {
    requests.close();
    process.destroy();
  }
}
