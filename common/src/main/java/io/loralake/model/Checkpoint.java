package io.loralake.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.TensorInfo;
import io.loralake.tensor.TensorData;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The safetensors file, or the shards and their index, that hold a model's weights. */
public final class Checkpoint implements Closeable {
  private static final String PLAIN_NAME =
      "(diffusion_pytorch_model|model)\\.safetensors(\\.index\\.json)?";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path path;

  /** Of the names in the files; names here come without it. */
  private final String prefix;

  private final List<SafetensorsFile> files = new ArrayList<>();
  private final Map<String, SafetensorsFile> fileByTensor = new LinkedHashMap<>();

  private Checkpoint(final Path path, final String prefix) {
    this.path = path;
    this.prefix = prefix;
  }

  /**
   * Opens a safetensors file, or a folder with one index ({@code *.safetensors.index.json}) or one
   * safetensors file.
   *
   * @throws InvalidCheckpointException when the folder has neither, a shard is absent, or the index
   *     and the shards disagree
   * @throws io.loralake.rejection.RejectedException when a file breaks the format's rules
   */
  public static Checkpoint open(final Path path) throws IOException {
    final Checkpoint checkpoint = new Checkpoint(path, "");
    try {
      if (Files.isDirectory(path)) {
        checkpoint.addFolder();
      } else {
        checkpoint.addFile(path);
      }
      return checkpoint;
    } catch (final IOException | RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  private void addFolder() throws IOException {
    final List<Path> indexes = withoutVariants(list(".safetensors.index.json"));
    if (indexes.size() == 1) {
      addShards(indexes.get(0));
      return;
    }
    final List<Path> single = withoutVariants(list(".safetensors"));
    if (single.size() != 1) {
      throw new InvalidCheckpointException(
          path + ": expected one index or one safetensors file, found " + single);
    }
    addFile(single.get(0));
  }

  /** diffusers' and transformers' own names where other variants (fp16) lie beside them. */
  private static List<Path> withoutVariants(final List<Path> files) {
    final List<Path> plain =
        files.stream().filter(file -> file.getFileName().toString().matches(PLAIN_NAME)).toList();
    return plain.isEmpty() ? files : plain;
  }

  private List<Path> list(final String suffix) throws IOException {
    try (Stream<Path> entries = Files.list(path)) {
      return entries.filter(entry -> entry.toString().endsWith(suffix)).sorted().toList();
    }
  }

  private void addShards(final Path index) throws IOException {
    final JsonNode weightMap;
    try {
      weightMap = JSON.readTree(index.toFile()).path("weight_map");
    } catch (final JsonProcessingException e) {
      throw new InvalidCheckpointException(index + ": it is no JSON: " + e.getOriginalMessage(), e);
    }
    if (weightMap.isEmpty()) {
      throw new InvalidCheckpointException(index + ": its weight_map is empty or not there");
    }
    final Set<String> shards = new TreeSet<>();
    weightMap.forEach(shard -> shards.add(shard.asText()));
    for (final String shard : shards) {
      final Path file = path.resolve(shard).normalize();
      if (!file.startsWith(path.normalize()) || !Files.isRegularFile(file)) {
        throw new InvalidCheckpointException(index + ": shard '" + shard + "' is not there");
      }
      addFile(file);
    }
    for (final Map.Entry<String, JsonNode> entry : weightMap.properties()) {
      final SafetensorsFile file = fileByTensor.get(entry.getKey());
      if (file == null || !file.source().name().endsWith(entry.getValue().asText())) {
        throw new InvalidCheckpointException(
            index + ": weight '" + entry.getKey() + "' is not in " + entry.getValue().asText());
      }
    }
  }

  private void addFile(final Path file) throws IOException {
    final SafetensorsFile opened = SafetensorsFile.open(file);
    files.add(opened);
    for (final String name : opened.names()) {
      if (fileByTensor.put(name, opened) != null) {
        throw new InvalidCheckpointException(path + ": weight '" + name + "' is in two shards");
      }
    }
  }

  /**
   * The model of a file that holds several, each under a prefix of its own: the weights whose names
   * start with {@code prefix}, by the rest of their names. Where there are none this is the
   * checkpoint itself. Close either.
   */
  public Checkpoint within(final String part) {
    final Checkpoint within = new Checkpoint(path, prefix + part);
    within.files.addAll(files);
    fileByTensor.forEach(
        (name, file) -> {
          if (name.startsWith(part)) {
            within.fileByTensor.put(name.substring(part.length()), file);
          }
        });
    return within.fileByTensor.isEmpty() ? this : within;
  }

  /** What messages call this checkpoint. */
  public Path path() {
    return path;
  }

  public Set<String> names() {
    return fileByTensor.keySet();
  }

  public TensorInfo info(final String name) {
    return fileByTensor.get(name).info(prefix + name);
  }

  /** The first weight that holds NaN or infinity; reads them all. */
  public Optional<String> notFinite() throws IOException {
    for (final String name : names()) {
      final TensorInfo info = info(name);
      if (info.dtype().isFloat()
          && !isFinite(new TensorData(info.dtype(), info.shape(), bytes(info)).toFloats())) {
        return Optional.of(info.name());
      }
    }
    return Optional.empty();
  }

  private static boolean isFinite(final float[] values) {
    for (final float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  ByteBuffer bytes(final TensorInfo info) throws IOException {
    return fileByTensor.get(info.name().substring(prefix.length())).bytes(info);
  }

  @Override
  public void close() throws IOException {
    for (final SafetensorsFile file : files) {
      file.close();
    }
  }
}
