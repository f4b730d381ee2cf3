package io.loralake.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What every adapter of the zoo is for: JSON lines, kept apart from the files. */
public final class ZooTruth {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ZooTruth() {}

  public static List<ZooAdapter> read(final Path file) throws IOException {
    final List<ZooAdapter> adapters = new ArrayList<>();
    for (final String line : Files.readAllLines(file)) {
      adapters.add(JSON.readValue(line, ZooAdapter.class));
    }
    return adapters;
  }

  public static void write(final Path file, final List<ZooAdapter> adapters) throws IOException {
    final List<String> lines = new ArrayList<>();
    for (final ZooAdapter adapter : adapters) {
      lines.add(JSON.writeValueAsString(adapter));
    }
    AtomicFile.writeLines(file, lines);
  }
}
