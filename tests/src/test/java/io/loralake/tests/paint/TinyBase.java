package io.loralake.tests.paint;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.model.Layout;
import io.loralake.model.Weights;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.safetensors.TensorInfo;
import io.loralake.tensor.DType;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TensorData;
import io.loralake.text.ClipConfig;
import io.loralake.text.ClipTextEncoder;
import io.loralake.text.T5Config;
import io.loralake.text.T5Encoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A base model of a few million parameters in the two layouts that users have: the fixtures'
 * transformer and auto-encoder, real tokenizers, and random text encoders with real vocabularies.
 */
public final class TinyBase {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path FIXTURES =
      Path.of(System.getProperty("loralake.root", ".."), "tests", "fixtures");
  private static final Path TOKENIZERS = FIXTURES.resolve("text/tokenizers");

  private static final ClipConfig CLIP =
      new ClipConfig(49408, 20, 40, 2, 2, 77, "quick_gelu", 1e-5f, 49407);
  private static final T5Config T5 = new T5Config(32128, 24, 8, 40, 2, 4, 32, 128, "gated-gelu");

  private TinyBase() {}

  /** Single files, as the original release has them. */
  public static void writeFiles(final Path folder) throws IOException {
    copy("flux/transformer_bfl.safetensors", folder.resolve("flux1-dev.safetensors"));
    copy("flux/config.json", folder.resolve("flux1-dev.json"));
    copy("vae/ae_bfl.safetensors", folder.resolve("ae.safetensors"));
    copy("vae/config.json", folder.resolve("ae.json"));
    writeRandom(ClipTextEncoder.layout(CLIP), folder.resolve("clip_l.safetensors"));
    JSON.writeValue(folder.resolve("clip_l.json").toFile(), clipJson());
    writeRandom(T5Encoder.layout(T5), folder.resolve("t5xxl_fp16.safetensors"));
    JSON.writeValue(folder.resolve("t5xxl_fp16.json").toFile(), t5Json());
    copy("text/tokenizers/clip_tokenizer.json", folder.resolve("clip_tokenizer.json"));
    copy("text/tokenizers/t5_tokenizer.json", folder.resolve("t5_tokenizer.json"));
  }

  /** All models in one file, as ComfyUI writes them, from the files of another folder. */
  static void writeCheckpoint(final Path files, final Path folder) throws IOException {
    final Map<String, TensorData> all = new LinkedHashMap<>();
    add(files.resolve("flux1-dev.safetensors"), "model.diffusion_model.", all);
    add(files.resolve("ae.safetensors"), "vae.", all);
    final String clip = "text_encoders.clip_l.transformer.";
    add(files.resolve("clip_l.safetensors"), clip, all);
    all.put(clip + "text_projection.weight", TensorData.ofFloats(new float[400], 20, 20));
    all.put("text_encoders.clip_l.logit_scale", TensorData.ofFloats(new float[1]));
    final String t5 = "text_encoders.t5xxl.transformer.";
    add(files.resolve("t5xxl_fp16.safetensors"), t5, all);
    all.put(t5 + "encoder.embed_tokens.weight", all.get(t5 + "shared.weight"));
    SafetensorsWriter.write(folder.resolve("flux1-dev-fp8.safetensors"), all, Map.of());
    copy("flux/config.json", folder.resolve("flux1-dev-fp8.json"));
    copy("vae/config.json", folder.resolve("ae.json"));
    JSON.writeValue(folder.resolve("clip.json").toFile(), clipJson());
    JSON.writeValue(folder.resolve("t5.json").toFile(), t5Json());
    copy("text/tokenizers/clip_tokenizer.json", folder.resolve("clip_tokenizer.json"));
    copy("text/tokenizers/t5_tokenizer.json", folder.resolve("t5_tokenizer.json"));
  }

  private static void add(
      final Path part, final String prefix, final Map<String, TensorData> tensors)
      throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(part)) {
      for (final String name : file.names()) {
        final TensorInfo info = file.info(name);
        final ByteBuffer copy = ByteBuffer.allocate(info.byteLength()).put(file.bytes(info)).flip();
        tensors.put(prefix + name, new TensorData(info.dtype(), info.shape(), copy));
      }
    }
  }

  /** A diffusers snapshot: the transformer in two shards, CLIP's tokenizer as vocab and merges. */
  static void writeSnapshot(final Path folder) throws IOException {
    for (final String part :
        List.of(
            "transformer",
            "vae",
            "text_encoder",
            "text_encoder_2",
            "tokenizer",
            "tokenizer_2",
            "scheduler")) {
      Files.createDirectory(folder.resolve(part));
    }
    copy("flux/config.json", folder.resolve("transformer/config.json"));
    writeShards(
        FIXTURES.resolve("flux/transformer_diffusers.safetensors"), folder.resolve("transformer"));
    copy("vae/config.json", folder.resolve("vae/config.json"));
    copy(
        "vae/vae_diffusers.safetensors", folder.resolve("vae/diffusion_pytorch_model.safetensors"));
    writeRandom(ClipTextEncoder.layout(CLIP), folder.resolve("text_encoder/model.safetensors"));
    JSON.writeValue(folder.resolve("text_encoder/config.json").toFile(), clipJson());
    writeRandom(T5Encoder.layout(T5), folder.resolve("text_encoder_2/model.safetensors"));
    JSON.writeValue(folder.resolve("text_encoder_2/config.json").toFile(), t5Json());
    writeVocabulary(folder.resolve("tokenizer"));
    copy("text/tokenizers/t5_tokenizer.json", folder.resolve("tokenizer_2/tokenizer.json"));
    final JsonNode schedule = JSON.readTree(FIXTURES.resolve("pipeline/case.json").toFile());
    JSON.writeValue(
        folder.resolve("scheduler/scheduler_config.json").toFile(), schedule.get("scheduler"));
  }

  private static void copy(final String fixture, final Path target) throws IOException {
    Files.copy(FIXTURES.resolve(fixture), target);
  }

  private static void writeRandom(final Layout layout, final Path path) throws IOException {
    try (NDManager manager = PyTorch.manager();
        Weights weights = Weights.random(layout, manager, Precision.F32, 11)) {
      weights.save(path, DType.F32, Map.of());
    }
  }

  private static void writeShards(final Path whole, final Path folder) throws IOException {
    final List<Map<String, TensorData>> shards =
        List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    final ObjectNode weightMap = JSON.createObjectNode();
    try (SafetensorsFile file = SafetensorsFile.open(whole)) {
      for (final String name : file.names()) {
        final int shard = name.startsWith("transformer_blocks") ? 0 : 1;
        final TensorInfo info = file.info(name);
        shards.get(shard).put(name, new TensorData(info.dtype(), info.shape(), file.bytes(info)));
        weightMap.put(name, shardName(shard));
      }
      for (int i = 0; i < shards.size(); i++) {
        SafetensorsWriter.write(folder.resolve(shardName(i)), shards.get(i), Map.of());
      }
    }
    JSON.writeValue(
        folder.resolve("diffusion_pytorch_model.safetensors.index.json").toFile(),
        JSON.createObjectNode().set("weight_map", weightMap));
  }

  private static String shardName(final int index) {
    return "diffusion_pytorch_model-0000" + (index + 1) + "-of-00002.safetensors";
  }

  private static void writeVocabulary(final Path folder) throws IOException {
    final JsonNode model =
        JSON.readTree(TOKENIZERS.resolve("clip_tokenizer.json").toFile()).get("model");
    JSON.writeValue(folder.resolve("vocab.json").toFile(), model.get("vocab"));
    final StringBuilder merges = new StringBuilder("#version: 0.2\n");
    ((ArrayNode) model.get("merges")).forEach(merge -> merges.append(merge.asText()).append('\n'));
    Files.writeString(folder.resolve("merges.txt"), merges);
  }

  private static ObjectNode clipJson() {
    return JSON.createObjectNode()
        .put("vocab_size", CLIP.vocabSize())
        .put("hidden_size", CLIP.hiddenSize())
        .put("intermediate_size", CLIP.intermediateSize())
        .put("num_hidden_layers", CLIP.numHiddenLayers())
        .put("num_attention_heads", CLIP.numAttentionHeads())
        .put("max_position_embeddings", CLIP.maxPositionEmbeddings());
  }

  private static ObjectNode t5Json() {
    return JSON.createObjectNode()
        .put("vocab_size", T5.vocabSize())
        .put("d_model", T5.dModel())
        .put("d_kv", T5.dKv())
        .put("d_ff", T5.dFf())
        .put("num_layers", T5.numLayers())
        .put("num_heads", T5.numHeads())
        .put("relative_attention_num_buckets", T5.relativeAttentionNumBuckets());
  }
}
