package io.loralake.tests.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.LatentPacking;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.Noise;
import io.loralake.jobs.inspect.InspectVerb;
import io.loralake.model.Fusion;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.source.FileStore;
import io.loralake.source.WebDataset;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TensorData;
import io.loralake.text.PromptEncoder;
import io.loralake.text.TextFeatures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine;

/**
 * What the Python side needs to paint the pictures of one of our runs, in a folder: {@code
 * pictures.json} (keys and adapters), {@code adapters/ID.safetensors} as diffusers loads them,
 * {@code inputs.safetensors} (text features, noise).
 */
final class PeerInputs {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path base;
  private final Path folder;

  PeerInputs(final Path base, final Path folder) {
    this.base = base;
    this.folder = folder;
  }

  Path folder() {
    return folder;
  }

  /** Our pictures and what is told of them, by key. */
  static Map<String, WebDataset.Sample> samples(final Path out) throws IOException {
    final Map<String, WebDataset.Sample> samples = new TreeMap<>();
    try (WebDataset shard = new WebDataset(Files.newInputStream(out.resolve("00000.tar")))) {
      for (Optional<WebDataset.Sample> next = shard.next(); next.isPresent(); next = shard.next()) {
        samples.put(next.get().key(), next.get());
      }
    }
    return samples;
  }

  /** Writes everything, from what a run of one shard tells of its pictures. */
  void write(final Path out) throws IOException {
    final List<JsonNode> pictures = new ArrayList<>();
    for (final WebDataset.Sample sample : samples(out).values()) {
      pictures.add(JSON.readTree(sample.members().get("json")));
    }
    Files.createDirectories(folder.resolve("adapters"));
    final List<Map<String, Object>> rows = new ArrayList<>();
    for (final JsonNode picture : pictures) {
      final List<String> adapters = new ArrayList<>();
      for (final JsonNode adapter : picture.get("adapters")) {
        adapters.add(adapter.get("adapter_id").asText());
        export(adapter);
      }
      rows.add(
          Map.of(
              "key",
              picture.get("key").asText(),
              "adapters",
              adapters,
              "scales",
              Collections.nCopies(adapters.size(), 1.0 / adapters.size())));
    }
    JSON.writeValue(folder.resolve("pictures.json").toFile(), rows);
    writeTensors(pictures);
  }

  private void export(final JsonNode adapter) throws IOException {
    final Path target =
        folder.resolve("adapters").resolve(adapter.get("adapter_id").asText() + ".safetensors");
    if (Files.exists(target)) {
      return;
    }
    final StringWriter report = new StringWriter();
    final int code =
        new CommandLine(new InspectVerb())
            .setOut(new PrintWriter(report))
            .execute(
                FileStore.localPath(adapter.get("uri").asText()).toString(),
                "--model",
                base.resolve("flux-lab.json").toString(),
                "--out",
                target.toString());
    if (code != 0) {
      throw new IllegalStateException("Cannot export " + adapter.get("uri") + ": " + report);
    }
  }

  private void writeTensors(final List<JsonNode> pictures) throws IOException {
    final ModelFolder model = ModelFolder.open(base);
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    try (NDManager manager = PyTorch.manager();
        PromptEncoder encoder = model.text().load(manager, Precision.F32, cut -> {})) {
      final TextFeatures text =
          encoder.encode(
              manager,
              pictures.stream().map(picture -> picture.get("prompt").asText()).toList(),
              Fusion.NONE);
      final TextFeatures negative = encoder.encode(manager, List.of(""), Fusion.NONE);
      tensors.put("txt", data(text.txt()));
      tensors.put("vec", data(text.vec()));
      tensors.put("negative_txt", data(negative.txt()));
      tensors.put("negative_vec", data(negative.vec()));
      tensors.put("noise", data(noise(manager, model, pictures)));
    }
    SafetensorsWriter.write(folder.resolve("inputs.safetensors"), tensors, Map.of());
  }

  /** Packed latents, (B, tokens, 4 C). */
  private static NDArray noise(
      final NDManager manager, final ModelFolder model, final List<JsonNode> pictures) {
    final int channels = model.autoEncoderConfig().latentChannels();
    final int rows = model.sampling().height() / model.autoEncoderConfig().downsampling();
    final int columns = model.sampling().width() / model.autoEncoderConfig().downsampling();
    final int size = channels * rows * columns;
    final float[] values = new float[pictures.size() * size];
    for (int i = 0; i < pictures.size(); i++) {
      System.arraycopy(
          Noise.gaussian(pictures.get(i).get("noise_seed").asLong(), size),
          0,
          values,
          i * size,
          size);
    }
    return LatentPacking.pack(
        manager.create(values, new Shape(pictures.size(), channels, rows, columns)));
  }

  private static TensorData data(final NDArray array) {
    return TensorData.ofFloats(array.toFloatArray(), array.getShape().getShape());
  }
}
