package io.loralake.tests.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.tests.index.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The lab's trained adapters on all layers, by what they are for. */
public final class LabZoo {
  public static final String PROBES =
      Repository.ROOT.resolve("tests/lab/base/probes.safetensors").toString();

  private static final List<String> STYLES =
      List.of("blueprint", "grayscale", "negative", "night", "pencil", "sepia", "sticker");
  private static final List<String> SUBJECTS =
      List.of("animal-mammal", "face-smiling", "food-fruit");
  private static final ObjectMapper JSON = new ObjectMapper();

  private LabZoo() {}

  /** Copies some, at most 21, as {@code style__subject.safetensors}. */
  public static void copy(final int count, final Path folder) throws IOException {
    for (int i = 0; i < count; i++) {
      final String style = STYLES.get(i / SUBJECTS.size());
      final String subject = SUBJECTS.get(i % SUBJECTS.size());
      Files.copy(adapter(style, subject), folder.resolve(style + "__" + subject + ".safetensors"));
    }
  }

  /** The file of one. */
  public static Path adapter(final String style, final String subject) throws IOException {
    final Path lab = Repository.ROOT.resolve("tests/lab");
    for (final String line : Files.readAllLines(lab.resolve("truth.jsonl"))) {
      final JsonNode known = JSON.readTree(line);
      if (known.get("kind").asText().equals("full")
          && known.get("style").asText().equals(style)
          && known.get("subject").asText().equals(subject)) {
        return lab.resolve("zoo").resolve(known.get("file").asText());
      }
    }
    throw new IllegalArgumentException("the lab has no adapter for " + style + " and " + subject);
  }
}
