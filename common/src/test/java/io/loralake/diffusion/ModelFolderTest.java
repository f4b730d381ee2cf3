package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.lab.BaseFolder;
import io.loralake.model.FluxConfig;
import io.loralake.model.InvalidCheckpointException;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import io.loralake.text.ClipConfig;
import io.loralake.text.MiniLmConfig;
import io.loralake.text.T5Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Opening reads no weights, so the files need not hold any. */
class ModelFolderTest {
  @TempDir private Path folder;

  @Test
  void theKindOfModelDecidesWhatTheFolderDoesNotSay() throws IOException {
    writeFlux("flux-dev");
    final ModelFolder dev = ModelFolder.open(folder);
    assertThat(dev.sampling()).isEqualTo(SamplingDefaults.DEV);
    assertThat(dev.schedule()).isEqualTo(FlowMatchEuler.DEV);
    assertThat(dev.text().tokens()).isEqualTo(512);
    assertThat(dev.text().parameters()).containsOnlyKeys("CLIP", "T5");
    assertThat(dev.granularity()).isEqualTo(16);

    writeFlux("flux-schnell");
    final ModelFolder schnell = ModelFolder.open(folder);
    assertThat(schnell.sampling()).isEqualTo(SamplingDefaults.SCHNELL);
    assertThat(schnell.schedule()).isEqualTo(FlowMatchEuler.SCHNELL);
    assertThat(schnell.text().tokens()).isEqualTo(256);
  }

  @Test
  void configurationsMayBeThoseThatFluxIsPublishedWith() throws IOException {
    writeFlux("flux-dev");
    Files.createDirectory(folder.resolve("scheduler"));
    Files.writeString(
        folder.resolve("scheduler/scheduler_config.json"),
        """
        {"_class_name": "FlowMatchEulerDiscreteScheduler", "_diffusers_version": "0.30.0.dev0",
         "base_image_seq_len": 256, "base_shift": 0.5, "max_image_seq_len": 4096, "max_shift": 1.15,
         "num_train_timesteps": 1000, "shift": 3.0, "use_dynamic_shifting": true}
        """);
    Files.writeString(
        folder.resolve("ae.json"),
        """
        {"_class_name": "AutoencoderKL", "_diffusers_version": "0.30.0.dev0", "act_fn": "silu",
         "block_out_channels": [128, 256, 512, 512], "force_upcast": true, "in_channels": 3,
         "latent_channels": 16, "latents_mean": null, "latents_std": null, "layers_per_block": 2,
         "mid_block_add_attention": true, "norm_num_groups": 32, "out_channels": 3,
         "sample_size": 1024, "scaling_factor": 0.3611, "shift_factor": 0.1159,
         "use_post_quant_conv": false, "use_quant_conv": false}
        """);
    Files.writeString(
        folder.resolve("clip.json"),
        """
        {"architectures": ["CLIPTextModel"], "attention_dropout": 0.0, "bos_token_id": 0,
         "eos_token_id": 2, "hidden_act": "quick_gelu", "hidden_size": 768,
         "intermediate_size": 3072, "layer_norm_eps": 1e-05, "max_position_embeddings": 77,
         "model_type": "clip_text_model", "num_attention_heads": 12, "num_hidden_layers": 12,
         "pad_token_id": 1, "projection_dim": 768, "vocab_size": 49408}
        """);
    Files.writeString(
        folder.resolve("t5.json"),
        """
        {"architectures": ["T5EncoderModel"], "d_ff": 10240, "d_kv": 64, "d_model": 4096,
         "dense_act_fn": "gelu_new", "dropout_rate": 0.1, "feed_forward_proj": "gated-gelu",
         "is_encoder_decoder": true, "is_gated_act": true, "layer_norm_epsilon": 1e-06,
         "model_type": "t5", "num_decoder_layers": 24, "num_heads": 64, "num_layers": 24,
         "relative_attention_max_distance": 128, "relative_attention_num_buckets": 32,
         "vocab_size": 32128}
        """);
    final ModelFolder dev = ModelFolder.open(folder);
    assertThat(dev.schedule()).isEqualTo(FlowMatchEuler.DEV);
    assertThat(dev.autoEncoderConfig()).isEqualTo(AutoEncoderConfig.FLUX);
    final ClipT5Part text = (ClipT5Part) dev.text();
    assertThat(text.clipConfig()).isEqualTo(ClipConfig.CLIP_L);
    assertThat(text.t5Config()).isEqualTo(T5Config.XXL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"_class_name\": \"FlowMatchHeunDiscreteScheduler\"}",
        "{\"use_beta_sigmas\": true}",
        "{\"time_shift_type\": \"linear\"}",
        "{\"num_train_timesteps\": 100}",
        "{\"shift_terminal\": 0.1}"
      })
  void anotherScheduleIsRefused(final String json) throws IOException {
    writeFlux("flux-dev");
    Files.createDirectory(folder.resolve("scheduler"));
    Files.writeString(folder.resolve("scheduler/scheduler_config.json"), json);
    final String option = json.substring(2, json.indexOf('"', 2));
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageContaining("scheduler_config.json")
        .hasMessageContaining(option);
  }

  @Test
  void quantizedWeightsAreRefused() throws IOException {
    for (final String config : List.of("flux.json", "t5.json")) {
      writeFlux("flux-dev");
      Files.writeString(
          folder.resolve(config),
          """
          {"quantization_config": {"bnb_4bit_quant_type": "nf4", "quant_method": "bitsandbytes"}}
          """);
      assertThatThrownBy(() -> ModelFolder.open(folder))
          .isInstanceOf(InvalidCheckpointException.class)
          .hasMessage(
              "%s: its weights are quantized by bitsandbytes, allowed are F32, F16, BF16, F64, F8_E4M3 and F8_E5M2",
              folder.resolve(config));
    }
  }

  /** FLUX.1-Fill-dev's sizes; those of FLUX.1-dev say {@code null}. */
  @Test
  void aTransformerThatReadsMoreThanItWritesIsRefused() throws IOException {
    writeFlux("flux-dev");
    final String sizes =
        """
        {"_class_name": "FluxTransformer2DModel", "attention_head_dim": 128, "guidance_embeds": true,
         "in_channels": %s, "joint_attention_dim": 4096, "num_attention_heads": 24, "num_layers": 19,
         "num_single_layers": 38, "out_channels": %s, "patch_size": 1, "pooled_projection_dim": 768}
        """;
    Files.writeString(folder.resolve("flux.json"), sizes.formatted(64, null));
    assertThat(ModelFolder.open(folder).transformerConfig().inChannels()).isEqualTo(64);
    Files.writeString(folder.resolve("flux.json"), sizes.formatted(384, 64));
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageContaining("flux.json")
        .hasMessageContaining(
            "reads tokens of 384 numbers and writes 64: models that take a picture");
    for (final String name : List.of("model.diffusion_model.img_in.weight", "x_embedder.weight")) {
      writeTransformer(Map.of(name, TensorData.ofFloats(new float[384], 1, 384)));
      assertThatThrownBy(() -> ModelFolder.open(folder))
          .hasMessageContaining("flux.safetensors reads tokens of 384 numbers and writes 64");
      writeTransformer(Map.of(name, TensorData.ofFloats(new float[64], 1, 64)));
      assertThat(ModelFolder.open(folder).transformerConfig().inChannels()).isEqualTo(64);
    }
  }

  /** Nothing is said about the kind of model but by its weights. */
  @Test
  void theNamesOfWeightsTellWhetherThereIsGuidance() throws IOException {
    for (final String name :
        List.of(
            "guidance_in.in_layer.weight",
            "model.diffusion_model.guidance_in.in_layer.weight",
            "time_text_embed.guidance_embedder.linear_1.weight")) {
      writeFlux("flux-dev");
      writeNames(name);
      final ModelFolder dev = ModelFolder.open(folder);
      assertThat(dev.transformerConfig().guidanceEmbed()).as(name).isTrue();
      assertThat(dev.text().tokens()).isEqualTo(512);
    }
    writeNames("model.diffusion_model.img_in.weight");
    final ModelFolder schnell = ModelFolder.open(folder);
    assertThat(schnell.transformerConfig().guidanceEmbed()).isFalse();
    assertThat(schnell.text().tokens()).isEqualTo(256);
  }

  @Test
  void partsWithoutAFileOfTheirOwnLieInTheTransformers() throws IOException {
    writeFlux("flux-dev");
    Files.delete(folder.resolve("ae.safetensors"));
    Files.delete(folder.resolve("clip.safetensors"));
    writeNames("model.diffusion_model.img_in.weight", "vae.decoder.conv_in.weight");
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageEndingWith(
            "expected a folder 'text_encoder' or one file 'clip*.safetensors', found neither");
    writeNames(
        "model.diffusion_model.img_in.weight",
        "vae.decoder.conv_in.weight",
        "text_encoders.clip_l.transformer.text_model.final_layer_norm.weight");
    final ModelFolder whole = ModelFolder.open(folder);
    final Path flux = folder.resolve("flux.safetensors");
    assertThat(whole.autoEncoder()).isEqualTo(flux);
    assertThat(whole.text().weights()).containsExactly(flux, folder.resolve("t5.safetensors"));
  }

  /** A transformer's file with these tensors, without a configuration beside it. */
  private void writeNames(final String... names) throws IOException {
    final Map<String, TensorData> tensors = new TreeMap<>();
    for (final String name : names) {
      tensors.put(name, TensorData.ofFloats(new float[1], 1));
    }
    writeTransformer(tensors);
  }

  private void writeTransformer(final Map<String, TensorData> tensors) throws IOException {
    SafetensorsWriter.write(folder.resolve("flux.safetensors"), tensors, Map.of());
    Files.deleteIfExists(folder.resolve("flux.json"));
  }

  @Test
  void anotherNormOfT5IsRefused() throws IOException {
    writeFlux("flux-dev");
    Files.writeString(folder.resolve("t5.json"), "{\"layer_norm_epsilon\": 1e-05}");
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageEndingWith("T5 with layer_norm_epsilon 1.0E-5 is not supported, only 1.0E-6");
  }

  /** Nothing but the configuration tells: the weights are the same. */
  @Test
  void anotherActivationOfTheAutoEncoderIsRefused() throws IOException {
    writeFlux("flux-dev");
    final String json = AutoEncoderConfig.FLUX.toJson();
    Files.writeString(folder.resolve("ae.json"), json.replace("{", "{\"act_fn\": \"relu\","));
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessage("%s: act_fn is relu, allowed is silu", folder.resolve("ae.json"));
  }

  @Test
  void anAutoEncoderOfOtherLatentsIsRefused() throws IOException {
    writeFlux("flux-dev");
    final AutoEncoderConfig four =
        new AutoEncoderConfig(3, List.of(128, 256, 512, 512), 2, 4, 32, 0.18215, 0);
    Files.writeString(folder.resolve("ae.json"), four.toJson());
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessage(
            "%s: its 4 latent channels make tokens of 16 numbers, the transformer reads 64",
            folder.resolve("ae.safetensors"));
  }

  @Test
  void textModelsMustGiveWhatTheTransformerReads() throws IOException {
    writeFlux("lab");
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessage(
            "%s: CLIP and T5 give token states of 4096 numbers and a vector of 768, the transformer"
                + " reads 384 and 384; there is no %s, so sizes are FLUX.1's; there is no %s, so sizes"
                + " are FLUX.1's",
            folder, folder.resolve("clip.json"), folder.resolve("t5.json"));
    final String json = FluxConfig.load("flux-dev").toJson();
    Files.writeString(
        folder.resolve("flux.json"), json.replace("\"vec_in_dim\":768", "\"vec_in_dim\":512"));
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .hasMessageContaining("a vector of 768, the transformer reads 4096 and 512;");
  }

  @Test
  void everyPartIsThereOnce() throws IOException {
    writeFlux("flux-dev");
    writeNames("img_in.weight");
    Files.delete(folder.resolve("ae.safetensors"));
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessage(
            "%s: expected a folder 'vae' or one file 'ae.safetensors', found neither", folder);
    Files.write(folder.resolve("ae.safetensors"), new byte[0]);
    Files.write(folder.resolve("flux2.safetensors"), new byte[0]);
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageContaining("one file 'flux*.safetensors', found [")
        .hasMessageContaining("flux2.safetensors");
  }

  @Test
  void aScheduleShiftsByTheNumberOfTokensOnlyIfItSaysSo() throws IOException {
    writeFlux("flux-dev");
    Files.createDirectory(folder.resolve("scheduler"));
    Files.writeString(folder.resolve("scheduler/scheduler_config.json"), "{\"shift\": 3.0}");
    assertThat(ModelFolder.open(folder).schedule().dynamic()).isFalse();
  }

  @Test
  void readsBackWhatTheLabWrites() throws IOException {
    writeFlux("lab");
    final SamplingDefaults sampling = new SamplingDefaults(48, 24, 7, 1.5, 2.5);
    final MiniLmConfig text = new MiniLmConfig(16, 20.5);
    final BaseFolder base = new BaseFolder(folder);
    base.save(sampling);
    base.save(text);
    final ModelFolder lab = ModelFolder.open(folder);
    assertThat(lab.sampling()).isEqualTo(sampling);
    assertThat(lab.text()).isEqualTo(new MiniLmPart(text));
    assertThat(lab.text().tokens()).isEqualTo(16);
  }

  @Test
  void fingerprintsNameWeightsWhereverTheyLie() throws IOException {
    writeFlux("flux-dev");
    final ModelFolder files = ModelFolder.open(folder);
    final String all = files.fingerprint();
    final String transformer = files.transformerFingerprint();
    Files.writeString(folder.resolve("t5.safetensors"), "other");
    assertThat(files.fingerprint()).isNotEqualTo(all);
    assertThat(files.transformerFingerprint()).isEqualTo(transformer);
    Files.writeString(folder.resolve("flux.safetensors"), "other");
    assertThat(files.transformerFingerprint()).isNotEqualTo(transformer);

    final Path linked = Files.createDirectory(folder.resolve("linked"));
    final Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.copy(folder.resolve("flux.safetensors"), elsewhere.resolve("model.safetensors"));
    Files.copy(folder.resolve("flux.json"), elsewhere.resolve("config.json"));
    Files.createSymbolicLink(linked.resolve("transformer"), elsewhere);
    for (final String file :
        List.of(
            "ae.safetensors",
            "clip.safetensors",
            "clip_tokenizer.json",
            "t5.safetensors",
            "t5_tokenizer.json")) {
      Files.createSymbolicLink(linked.resolve(file), folder.resolve(file));
    }
    assertThat(ModelFolder.open(linked).fingerprint()).isEqualTo(files.fingerprint());
  }

  private void writeFlux(final String model) throws IOException {
    for (final String file :
        List.of(
            "flux.safetensors",
            "ae.safetensors",
            "clip.safetensors",
            "clip_tokenizer.json",
            "t5.safetensors",
            "t5_tokenizer.json")) {
      Files.write(folder.resolve(file), new byte[0]);
    }
    Files.writeString(folder.resolve("flux.json"), FluxConfig.load(model).toJson());
  }
}
