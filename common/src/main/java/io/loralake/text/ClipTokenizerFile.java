package io.loralake.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds CLIP's {@code tokenizer.json}. Snapshots of FLUX.1 have only its two ingredients, {@code
 * vocab.json} and {@code merges.txt}; all else about CLIP's tokenizer is fixed and kept as a
 * resource.
 */
final class ClipTokenizerFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ClipTokenizerFile() {}

  /** {@code path} itself when it is a file, else the folder's tokenizer, assembled if need be. */
  static Path locate(final Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return path;
    }
    final Path ready = path.resolve("tokenizer.json");
    return Files.exists(ready) ? ready : assemble(path);
  }

  private static Path assemble(final Path folder) throws IOException {
    final ObjectNode tokenizer;
    try (InputStream frame = ClipTokenizerFile.class.getResourceAsStream("clip_tokenizer.json")) {
      tokenizer = (ObjectNode) JSON.readTree(frame);
    }
    final ObjectNode model = (ObjectNode) tokenizer.get("model");
    model.set("vocab", JSON.readTree(folder.resolve("vocab.json").toFile()));
    final ArrayNode merges = model.putArray("merges");
    Files.readAllLines(folder.resolve("merges.txt")).stream()
        .filter(line -> !line.startsWith("#version") && !line.isBlank())
        .forEach(merges::add);
    final Path assembled = Files.createTempFile("clip_tokenizer", ".json");
    assembled.toFile().deleteOnExit();
    JSON.writeValue(assembled.toFile(), tokenizer);
    return assembled;
  }
}
