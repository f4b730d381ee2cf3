package io.loralake.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.model.InvalidCheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds CLIP's {@code tokenizer.json}. Snapshots of FLUX.1 have only its two ingredients, {@code
 * vocab.json} and {@code merges.txt}; all else about CLIP's tokenizer is fixed and kept as a
 * resource, but for the numbers of its two special tokens, which the vocabulary decides.
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
    final Path vocabFile = folder.resolve("vocab.json");
    final JsonNode vocab = JSON.readTree(vocabFile.toFile());
    model.set("vocab", vocab);
    for (final JsonNode token : tokenizer.get("added_tokens")) {
      ((ObjectNode) token).set("id", id(vocab, token.get("content").asText(), vocabFile));
    }
    for (final String end : List.of("cls", "sep")) {
      final ArrayNode pair = (ArrayNode) tokenizer.get("post_processor").get(end);
      pair.set(1, id(vocab, pair.get(0).asText(), vocabFile));
    }
    final ArrayNode merges = model.putArray("merges");
    Files.readAllLines(folder.resolve("merges.txt")).stream()
        .filter(line -> !line.startsWith("#version") && !line.isBlank())
        .forEach(merges::add);
    final Path assembled = Files.createTempFile("clip_tokenizer", ".json");
    assembled.toFile().deleteOnExit();
    JSON.writeValue(assembled.toFile(), tokenizer);
    return assembled;
  }

  /** The number of a token that CLIP cannot do without; 49406 and 49407 in CLIP-L alone. */
  private static JsonNode id(final JsonNode vocab, final String token, final Path file) {
    if (!vocab.path(token).isInt()) {
      throw new InvalidCheckpointException(file + ": it lacks the token " + token);
    }
    return vocab.get(token);
  }
}
