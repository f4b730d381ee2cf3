package io.loralake.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.tensor.DType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers of the lab's model. */
class LayoutParserTest {
  private static final FluxConfig LAB = FluxConfig.load("lab");
  private static final int D = LAB.hiddenSize();
  private static final int MLP = LAB.mlpDim();
  private static final LayerTable TABLE = LayerTable.of(LAB);
  private static final String PROJ = "lora_unet_double_blocks_0_img_attn_proj";
  private static final String PROJ_OUT = "transformer.single_transformer_blocks.0.proj_out";

  private static AdapterLayout parse(final Headers headers) {
    return LayoutParser.parse("file", headers.build(), TABLE);
  }

  private static void assertRejected(final Headers headers, final Reason reason) {
    assertThatThrownBy(() -> parse(headers))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageStartingWith("file: ");
  }

  @Test
  void theNamingOfMostKeysIsTheFilesNaming() {
    final ReadReport report =
        parse(
                new Headers()
                    .kohya(PROJ, 2, D, D)
                    .peft("transformer.single_transformer_blocks.0.proj_out", 4, D + MLP, D)
                    .peft("transformer.transformer_blocks.1.attn.to_out.0", 4, D, D)
                    .kohya("lora_te1_text_model_encoder_layers_0_self_attn_q_proj", 2, 24, 24)
                    .kohya("lora_te1_text_model_encoder_layers_0_self_attn_k_proj", 2, 24, 24)
                    .kohya("lora_te1_text_model_encoder_layers_0_self_attn_v_proj", 2, 24, 24))
            .report();
    assertThat(report.naming()).isEqualTo("diffusers");
    assertThat(report.namings()).containsEntry("kohya", 2).containsEntry("diffusers", 4);
    assertThat(report.layersUsed()).isEqualTo(3);
    assertThat(report.textEncoderLayers()).isEqualTo(3);
    assertThat(report.ranks()).isEqualTo(Map.of(2, 1, 4, 2));
  }

  @Test
  void unknownModulesAreCountedByPattern() {
    final ReadReport report =
        parse(
                new Headers()
                    .kohya(PROJ, 2, D, D)
                    .kohya("lora_unet_double_blocks_0_new_part", 2, D, D)
                    .kohya("lora_unet_double_blocks_1_new_part", 2, D, D)
                    .tensor("step", 1))
            .report();
    assertThat(report.layersUsed()).isEqualTo(1);
    assertThat(report.ignored())
        .isEqualTo(Map.of("lora_unet_double_blocks_#_new_part", 4, "step", 1));
    assertThat(report.tensors()).isEqualTo(7);
  }

  /** torch.compile, data parallel and FSDP training leave their wrappers in the names. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "_orig_mod.transformer_blocks.1.attn.to_out.0",
        "module.transformer.transformer_blocks.1.attn.to_out.0",
        "base_model.model._orig_mod.transformer_blocks.1.attn.to_out.0",
        "transformer.transformer_blocks.1._fsdp_wrapped_module._orig_mod.attn.to_out.0",
        "lora_unet__orig_mod_double_blocks_1_img_attn_proj",
        "lora_unet_double_blocks_1__orig_mod_img_attn_proj"
      })
  void wrappersOfTheModelAreNoPartOfAName(final String module) {
    assertThat(parse(new Headers().peft(module, 2, D, D)).pairs())
        .extracting(pair -> pair.layer().name())
        .containsExactly("double_blocks.1.img_attn.proj");
  }

  /** PEFT saves them with modules_to_save and bias="all". */
  @Test
  void weightsInPlaceOfTheModelsOwnAreNotLeftOut() {
    final String layer = "transformer_blocks.0.attn.to_q";
    for (final String other :
        List.of("base_model.model.proj_out.", "proj_out.modules_to_save.default.")) {
      assertRejected(
          new Headers().peft("base_model.model." + layer, 2, D, D).tensor(other + "weight", 64, D),
          Reason.UNSUPPORTED_ADAPTER_DIFF);
    }
    for (final String bias :
        List.of("base_model.model.proj_out.bias", layer + ".base_layer.bias")) {
      assertRejected(
          new Headers().peft("base_model.model." + layer, 2, D, D).tensor(bias, D),
          Reason.UNSUPPORTED_ADAPTER_BIAS);
    }
    assertRejected(new Headers().tensor(layer + ".weight", D, D), Reason.NOT_AN_ADAPTER);
    assertThat(
            parse(new Headers().kohya(PROJ, 2, D, D).tensor("some.embedding.weight", 2, D))
                .report()
                .ignored())
        .isEqualTo(Map.of("some.embedding.weight", 1));
  }

  @Test
  void differencesWithoutAFactorAreNamed() {
    for (final String name : List.of(PROJ + ".diff", PROJ + ".diff_b")) {
      assertRejected(new Headers().tensor(name, D, D), Reason.UNSUPPORTED_ADAPTER_DIFF);
    }
  }

  /** PEFT's AdaLoRA names its factors as LoRA does. */
  @ParameterizedTest
  @ValueSource(strings = {"lora_E", "lora_E.default", "ranknum", "lora_diag"})
  void scalesBetweenTheFactorsAreNotLeftOut(final String scales) {
    final String module = "base_model.model.transformer_blocks.0.attn.to_q.";
    assertRejected(
        new Headers()
            .tensor(module + "lora_A", 2, D)
            .tensor(module + "lora_B", D, 2)
            .tensor(module + scales, 2, 1),
        Reason.UNSUPPORTED_ADAPTER_ADALORA);
  }

  /** As LyCORIS, PEFT and ai-toolkit call them. */
  @ParameterizedTest
  @ValueSource(strings = {"dora_scale", "lora_magnitude_vector", "magnitude"})
  void magnitudesOfDoraAreNotLeftOut(final String magnitudes) {
    assertRejected(
        new Headers()
            .tensor(PROJ_OUT + ".lora_A.weight", 2, D + MLP)
            .tensor(PROJ_OUT + ".lora_B.weight", D, 2)
            .tensor(PROJ_OUT + "." + magnitudes, D),
        Reason.UNSUPPORTED_ADAPTER_DORA);
  }

  /** LyCORIS takes another algorithm for each kind of module, if it is told to. */
  @Test
  void otherKindsOfFactorsBesideLowRankOnesAreNotLeftOut() {
    final String other = "lora_unet_double_blocks_1_img_attn_proj.";
    for (final String factor : List.of("a1.weight", "a2.weight", "b1.weight", "b2.weight")) {
      assertRejected(
          new Headers().kohya(PROJ, 2, D, D).tensor(other + factor, 2, D),
          Reason.UNSUPPORTED_ADAPTER_GLORA);
    }
    assertRejected(
        new Headers().kohya(PROJ, 2, D, D).tensor(other + "lambda_layer", 1, 2),
        Reason.UNSUPPORTED_ADAPTER_TLORA);
  }

  @Test
  void twoNamesOfOneLayerAreAmbiguous() {
    assertRejected(
        new Headers()
            .kohya(PROJ, 2, D, D)
            .peft("transformer.transformer_blocks.0.attn.to_out.0", 2, D, D),
        Reason.AMBIGUOUS_LAYER);
    assertRejected(
        new Headers().kohya(PROJ, 2, D, D).tensor(PROJ + ".lora_A.weight", 2, D),
        Reason.AMBIGUOUS_LAYER);
  }

  @Test
  void partsOfALayerTakeTheirRows() {
    final AdapterLayout layout =
        parse(
            new Headers()
                .peft("transformer.single_transformer_blocks.1.attn.to_q", 1, D, D)
                .peft("transformer.single_transformer_blocks.1.attn.to_v", 2, D, D)
                .peft("transformer.single_transformer_blocks.1.proj_mlp", 4, D, MLP));
    assertThat(layout.pairs())
        .extracting(pair -> pair.layer().name() + " " + pair.row() + "+" + pair.rows())
        .containsExactly(
            "single_blocks.1.linear1 0+" + D,
            "single_blocks.1.linear1 %d+%d".formatted(2 * D, D),
            "single_blocks.1.linear1 %d+%d".formatted(3 * D, MLP));
    assertThat(layout.report().layersUsed()).isEqualTo(1);
  }

  /** SimpleTuner's with fuse_qkv_projections; its q, k and v may be there as well, untrained. */
  @Test
  void diffusersPartsMayBeFused() {
    final String single = "transformer.single_transformer_blocks.0.";
    final Headers headers =
        new Headers()
            .peft("transformer.transformer_blocks.0.attn.to_qkv", 1, D, 3 * D)
            .peft("transformer.transformer_blocks.0.attn.to_added_qkv", 1, D, 3 * D)
            .peft(single + "attn.to_qkv", 1, D, 3 * D)
            .peft(single + "proj_mlp", 1, D, MLP);
    final AdapterLayout layout = parse(headers);
    assertThat(layout.report().ignored()).isEmpty();
    assertThat(layout.report().naming()).isEqualTo("diffusers");
    assertThat(layout.pairs())
        .extracting(pair -> pair.layer().name(), Pair::row, Pair::rows)
        .containsExactly(
            tuple("double_blocks.0.img_attn.qkv", 0, 3 * D),
            tuple("double_blocks.0.txt_attn.qkv", 0, 3 * D),
            tuple("single_blocks.0.linear1", 0, 3 * D),
            tuple("single_blocks.0.linear1", 3 * D, MLP));

    final AdapterLayout both =
        parse(headers.peft("transformer.transformer_blocks.0.attn.to_q", 2, D, D));
    assertThat(both.pairs()).hasSize(4);
    assertThat(both.report().ranks()).isEqualTo(Map.of(1, 4));
    assertThat(both.mustBeZero())
        .extracting(claim -> claim.tensor().name(), claim -> claim.otherwise().reason())
        .containsExactly(
            tuple(
                "transformer.transformer_blocks.0.attn.to_q.lora_B.weight",
                Reason.AMBIGUOUS_LAYER));
  }

  /** OneTrainer's backups, when it trains for a format in which they are one. */
  @Test
  void fusedPartsHaveNamesOfOneTrainersToo() {
    final AdapterLayout layout =
        parse(
            new Headers()
                .kohya("transformer.transformer_blocks.0.attn.qkv", 1, D, 3 * D)
                .kohya("transformer.transformer_blocks.0.attn.added_qkv", 1, D, 3 * D)
                .kohya("transformer.single_transformer_blocks.0.qkv_mlp", 1, D, 3 * D + MLP)
                .kohya("transformer.single_transformer_blocks.0.proj_out", 1, D + MLP, D));
    assertThat(layout.report().ignored()).isEmpty();
    assertThat(layout.pairs())
        .extracting(pair -> pair.layer().name(), Pair::row, Pair::rows)
        .containsExactly(
            tuple("double_blocks.0.img_attn.qkv", 0, 3 * D),
            tuple("double_blocks.0.txt_attn.qkv", 0, 3 * D),
            tuple("single_blocks.0.linear1", 0, 3 * D + MLP),
            tuple("single_blocks.0.linear2", 0, D));
  }

  /** mflux stores factors without .weight, and has its own names in an MLP only. */
  @ParameterizedTest
  @ValueSource(strings = {"transformer.", ""})
  void layersOfAnMlpHaveNamesOfMfluxToo(final String prefix) {
    final String block = prefix + "transformer_blocks.0.";
    final Headers headers = new Headers();
    Map.of(
            "attn.to_out.0", new int[] {D, D},
            "ff.linear1", new int[] {D, MLP},
            "ff_context.linear2", new int[] {MLP, D})
        .forEach(
            (module, widths) ->
                headers
                    .tensor(block + module + ".lora_A", 2, widths[0])
                    .tensor(block + module + ".lora_B", widths[1], 2));
    final AdapterLayout layout = parse(headers);
    assertThat(layout.report().ignored()).isEmpty();
    assertThat(layout.pairs())
        .extracting(pair -> pair.layer().name())
        .containsExactlyInAnyOrder(
            "double_blocks.0.img_attn.proj",
            "double_blocks.0.img_mlp.0",
            "double_blocks.0.txt_mlp.2");
  }

  /** ComfyUI renames XLabs' and USO's adapters so. */
  @Test
  void queriesKeysAndValuesOfSingleBlocksHaveANameInComfyUi() {
    final AdapterLayout layout =
        parse(
            new Headers()
                .kohya("diffusion_model.double_blocks.0.img_attn.qkv", 1, D, 3 * D)
                .kohya("diffusion_model.single_blocks.1.linear1_qkv", 1, D, 3 * D)
                .kohya("diffusion_model.single_blocks.1.linear2", 1, D + MLP, D));
    assertThat(layout.report().ignored()).isEmpty();
    assertThat(layout.pairs())
        .extracting(pair -> pair.layer().name(), Pair::row, Pair::rows)
        .contains(tuple("single_blocks.1.linear1", 0, 3 * D));
  }

  /** OneTrainer's, in the Open Model Initiative's names. */
  @Test
  void partsOfALayerMayBeNumbered() {
    final AdapterLayout layout =
        parse(
            new Headers()
                .kohya("transformer.double_blocks.0.txt_attn.qkv.0", 1, D, D)
                .kohya("transformer.double_blocks.0.txt_attn.qkv.2", 1, D, D)
                .kohya("transformer.double_blocks.0.txt_attn.proj", 1, D, D)
                .kohya("transformer.single_blocks.0.linear1.1", 1, D, D)
                .kohya("transformer.single_blocks.0.linear1.3", 1, D, MLP)
                .kohya("transformer.img_in.proj", 1, LAB.inChannels(), D)
                .kohya("t5.encoder.block.0.layer.0.SelfAttention.q", 1, 24, 24));
    assertThat(layout.report().ignored()).isEmpty();
    assertThat(layout.report().naming()).isEqualTo("omi");
    assertThat(layout.pairs().stream().filter(Pair::inBase))
        .extracting(pair -> pair.layer().name(), Pair::row, Pair::rows)
        .containsExactly(
            tuple("double_blocks.0.txt_attn.qkv", 0, D),
            tuple("double_blocks.0.txt_attn.qkv", 2 * D, D),
            tuple("double_blocks.0.txt_attn.proj", 0, D),
            tuple("single_blocks.0.linear1", D, D),
            tuple("single_blocks.0.linear1", 3 * D, MLP),
            tuple("img_in", 0, D));
  }

  /** DiffSynth-Studio's, whose final layer has its halves in BFL's order. */
  @ParameterizedTest
  @ValueSource(strings = {"", "dit.", "pipe.dit."})
  void layersBeforeAndAfterTheBlocksHaveNamesInDiffSynthToo(final String prefix) {
    final AdapterLayout layout =
        parse(
            new Headers()
                .kohya(prefix + "x_embedder", 1, LAB.inChannels(), D)
                .kohya(prefix + "context_embedder", 1, LAB.contextInDim(), D)
                .kohya(prefix + "time_embedder.timestep_embedder.0", 1, 256, D)
                .kohya(prefix + "time_embedder.timestep_embedder.2", 1, D, D)
                .kohya(prefix + "pooled_text_embedder.0", 1, LAB.vecInDim(), D)
                .kohya(prefix + "pooled_text_embedder.2", 1, D, D)
                .kohya(prefix + "final_norm_out.linear", 1, D, 2 * D)
                .kohya(prefix + "final_proj_out", 1, D, LAB.inChannels()));
    assertThat(layout.report().ignored()).isEmpty();
    assertThat(layout.report().naming()).isEqualTo("diffsynth");
    assertThat(layout.pairs()).noneMatch(Pair::swapped);
    assertThat(layout.pairs())
        .extracting(pair -> pair.layer().name())
        .containsExactly(
            "img_in",
            "txt_in",
            "time_in.in_layer",
            "time_in.out_layer",
            "vector_in.in_layer",
            "vector_in.out_layer",
            "final_layer.adaLN_modulation.1",
            "final_layer.linear");
  }

  /** LyCORIS names modules as the model that it wraps does, which may be BFL's. */
  @Test
  void lycorisMayWrapEitherModel() {
    for (final String module :
        List.of("transformer_blocks_0_attn_to_out_0", "double_blocks_0_img_attn_proj")) {
      final AdapterLayout layout = parse(new Headers().kohya("lycoris_" + module, 1, D, D));
      assertThat(layout.pairs().get(0).layer().name()).isEqualTo("double_blocks.0.img_attn.proj");
    }
  }

  @Test
  void alphaBelongsToItsLayer() {
    final AdapterLayout layout =
        parse(
            new Headers()
                .kohya(PROJ, 2, D, D)
                .tensor(PROJ + ".alpha")
                .kohya("lora_unet_double_blocks_1_img_attn_proj", 8, D, D));
    assertThat(layout.pairs().get(0).alpha().name()).isEqualTo(PROJ + ".alpha");
    assertThat(layout.pairs().get(1).alpha()).isNull();
    assertThat(layout.pairs().get(1).defaultAlpha()).isEqualTo(8);
    assertRejected(
        new Headers().kohya(PROJ, 2, D, D).tensor(PROJ + ".alpha", 2), Reason.SHAPE_MISMATCH);
  }

  @Test
  void alphaFromTheHeaderAppliesByModule() {
    final Headers headers =
        new Headers()
            .peft("transformer.transformer_blocks.0.attn.to_q", 4, D, D)
            .peft("transformer.transformer_blocks.1.attn.to_q", 4, D, D)
            .metadata(
                "lora_adapter_metadata",
                "{\"transformer.lora_alpha\": 6, \"transformer.alpha_pattern\":"
                    + " {\"transformer_blocks.1.attn.to_q\": 2}}");
    assertThat(parse(headers).pairs()).extracting(Pair::defaultAlpha).containsExactly(6.0, 2.0);
    headers.metadata(
        "lora_adapter_metadata",
        "{\"transformer.lora_alpha\": 6, \"transformer.use_rslora\": true}");
    assertThat(parse(headers).pairs().get(0).defaultAlpha()).isEqualTo(12);
    headers.metadata(
        "lora_adapter_metadata",
        "{\"transformer.lora_alpha\": 6, \"transformer.lora_dropout\": NaN}"); // Python's JSON
    assertThat(parse(headers).pairs().get(0).defaultAlpha()).isEqualTo(6);
    headers.metadata("lora_adapter_metadata", "");
    assertThat(parse(headers).pairs().get(0).defaultAlpha()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora_adapter_metadata | {'transformer.lora_alpha': 6} | lora_adapter_metadata is no JSON: ",
        "adapter_config.json   | <html></html>                 | adapter_config.json is no JSON: ",
        "adapter_config.json   | [6]                           | adapter_config.json is no JSON object",
        "lora_adapter_metadata | {\"transformer.lora_alpha\": \"6\"} | transformer.lora_alpha of lora_adapter_metadata: \"6\" is no number",
        "adapter_config.json   | {\"lora_alpha\": NaN}         | lora_alpha of adapter_config.json: \"NaN\" is no number",
        "adapter_config.json   | {\"alpha_pattern\": {\"to_q\": NaN}} | alpha_pattern of adapter_config.json: \"NaN\" is no number"
      },
      quoteCharacter = '`')
  void alphaIsNotGuessedWhereItsPlaceCannotBeRead(
      final String place, final String text, final String told) {
    final Headers headers =
        new Headers()
            .peft("transformer.transformer_blocks.0.attn.to_q", 4, D, D)
            .metadata(place, text);
    assertRejected(headers, Reason.BAD_HEADER);
    assertThatThrownBy(() -> parse(headers)).hasMessageStartingWith("file: " + told);
  }

  @Test
  void alphaMayStandInTheConfigurationBesideTheFile() {
    final Headers headers =
        new Headers()
            .peft("base_model.model.transformer_blocks.0.attn.to_q", 4, D, D)
            .peft("base_model.model.transformer_blocks.1.attn.to_q", 4, D, D)
            .metadata(
                PeftConfig.NAME,
                "{\"lora_alpha\": 6, \"alpha_pattern\": {\"^transformer_blocks.1.attn.to_q\": 2}}");
    assertThat(parse(headers).pairs()).extracting(Pair::defaultAlpha).containsExactly(6.0, 2.0);
    headers.metadata(PeftConfig.NAME, "{\"lora_alpha\": 6, \"use_rslora\": true}");
    assertThat(parse(headers).pairs()).extracting(Pair::defaultAlpha).containsExactly(12.0, 12.0);
    headers.metadata(PeftConfig.NAME, "{\"lora_alpha\": 6, \"alpha_pattern\": {\"(\": 2}}");
    assertThatThrownBy(() -> parse(headers))
        .isInstanceOf(RejectedException.class)
        .hasMessageStartingWith("file: alpha_pattern of adapter_config.json: ");
    headers.metadata(PeftConfig.NAME, "{\"lora_alpha\": 6, \"alpha_pattern\": {\"to_q\": null}}");
    assertThatThrownBy(() -> parse(headers))
        .isInstanceOf(RejectedException.class)
        .hasMessage("file: alpha_pattern of adapter_config.json: null is no number");
    headers.metadata("lora_adapter_metadata", "{\"transformer.lora_alpha\": 3}");
    assertThat(parse(headers).pairs()).extracting(Pair::defaultAlpha).containsExactly(3.0, 3.0);
  }

  /** PEFT's {@code get_pattern_key} sees names in the model that it wrapped. */
  @Test
  void patternsBesideTheFileAreOfNamesInTheWrappedModel() {
    final String config = "{\"lora_alpha\": 6, \"alpha_pattern\": {\"%s\": 2}}";
    final String layer = "transformer_blocks.1.attn.to_q";
    final Headers headers = new Headers().peft("base_model.model.transformer." + layer, 4, D, D);
    headers.metadata(PeftConfig.NAME, config.formatted("transformer." + layer));
    assertThat(parse(headers).pairs().get(0).defaultAlpha()).isEqualTo(2);
    headers.metadata(PeftConfig.NAME, config.formatted("^" + layer));
    assertThat(parse(headers).pairs().get(0).defaultAlpha()).isEqualTo(6);
  }

  /** SimpleTuner's of August 2024, from FLUX_LORA_TARGET=all+ffs. */
  @Test
  void diffusersPrefixMayStandBeforePefts() {
    final ReadReport report =
        parse(
                new Headers()
                    .peft("transformer.base_model.model.proj_out", 2, D, LAB.inChannels())
                    .peft("transformer.base_model.model.transformer_blocks.0.attn.to_q", 2, D, D))
            .report();
    assertThat(report.layersUsed()).isEqualTo(2);
    assertThat(report.naming()).isEqualTo("peft");
  }

  /** As diffusers' {@code save_lora_adapter} writes it. */
  @Test
  void aModelThatWasSavedAloneHasAnAlphaWithoutThePartsName() {
    final Headers headers =
        new Headers()
            .peft("transformer_blocks.0.attn.to_q", 4, D, D)
            .peft("transformer_blocks.1.attn.to_q", 4, D, D)
            .metadata(
                "lora_adapter_metadata",
                "{\"lora_alpha\": 6, \"use_rslora\": true,"
                    + " \"alpha_pattern\": {\"transformer_blocks.1.attn.to_q\": 2}}");
    assertThat(parse(headers).pairs()).extracting(Pair::defaultAlpha).containsExactly(12.0, 4.0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pissa", "pissa_niter_16", "olora", "OLoRA", "corda", "lora_ga", "loftq"})
  void anAdapterThatChangedItsBaseIsNoUpdateOfTheModel(final String start) {
    final Headers headers = new Headers().peft("base_model.model.proj_out", 4, D, 64);
    headers.metadata(PeftConfig.NAME, "{\"lora_alpha\": 4, \"init_lora_weights\": true}");
    assertThat(parse(headers).pairs()).hasSize(1);
    final String config = "{\"lora_alpha\": 4, \"init_lora_weights\": \"" + start + "\"}";
    assertRejected(headers.metadata(PeftConfig.NAME, config), Reason.UNSUPPORTED_ADAPTER_PISSA);
    assertRejected(
        headers.metadata(
            "lora_adapter_metadata", "{\"transformer.init_lora_weights\": \"" + start + "\"}"),
        Reason.UNSUPPORTED_ADAPTER_PISSA);
  }

  @Test
  void textEncodersHaveAnAlphaOfTheirOwn() {
    final Headers headers =
        new Headers()
            .peft("transformer.transformer_blocks.0.attn.to_q", 4, D, D)
            .peft("text_encoder.text_model.encoder.layers.0.self_attn.q_proj", 2, 24, 24)
            .metadata(
                "lora_adapter_metadata",
                "{\"transformer.lora_alpha\": 6, \"text_encoder.lora_alpha\": 1}");
    assertThat(parse(headers).pairs()).extracting(Pair::defaultAlpha).containsExactly(6.0, 1.0);
  }

  /** What PEFT's {@code get_pattern_key} says of these expressions. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "to_out.0",
        "transformer_blocks\\.\\d+\\.attn\\.to_out\\.0",
        "^transformer_blocks.1.attn.to_out.0",
        ".*to_out.*",
        "(?:to_q|to_out\\.0)",
        "attn\\.to_(out|add_out)(\\.[0-9])?",
        "to_k|to_out.0$",
        "(single_)?transformer_blocks.+?\\.\\w*\\.[^q]+"
      })
  void patternsOfTheHeaderAreExpressionsOfWholeNames(final String expression) {
    assertThat(alphaOfToOut(expression)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "to_out",
        "o_out.0",
        "^attn.to_out.0",
        "to_out.0.",
        "attn\\.to_[qkv]",
        "to_\\d+",
        "",
        "to.?0",
        ".*$.*0"
      })
  void patternsOfTheHeaderThatDoNotCoverANameLeaveItAlone(final String expression) {
    assertThat(alphaOfToOut(expression)).isEqualTo(8);
  }

  private static double alphaOfToOut(final String expression) {
    return parse(withPattern(expression)).pairs().get(0).defaultAlpha();
  }

  private static Headers withPattern(final String expression) {
    return new Headers()
        .peft("transformer.transformer_blocks.1.attn.to_out.0", 4, D, D)
        .metadata(
            "lora_adapter_metadata",
            "{\"transformer.lora_alpha\": 8, \"transformer.alpha_pattern\": {\"%s\": 2}}"
                .formatted(expression.replace("\\", "\\\\")));
  }

  @Test
  void patternsOfTheHeaderCannotKeepATaskBusy() {
    assertThat(alphaOfToOut("(.|.)".repeat(45) + "x")).isEqualTo(8);
    assertThat(alphaOfToOut(".*".repeat(400) + "x")).isEqualTo(8);
    assertThat(alphaOfToOut("(.*)*x")).isEqualTo(8);
    assertThat(alphaOfToOut("(".repeat(490) + "x" + ")".repeat(490))).isEqualTo(8);
    for (final String refused :
        List.of("(a", "a)", "a{9}", "(?=a)", "(a)\\1", "[z-a]", "*", "(".repeat(1_000), "a\\")) {
      assertRejected(withPattern(refused), Reason.BAD_HEADER);
    }
    assertRejected(withPattern("a".repeat(1_001)), Reason.BAD_HEADER);
  }

  @Test
  void shapesMustFitTheModel() {
    assertRejected(new Headers().kohya(PROJ, 2, D, D + 1), Reason.SHAPE_MISMATCH);
    assertRejected(new Headers().kohya(PROJ, 2, D - 1, D), Reason.SHAPE_MISMATCH);
    assertRejected(new Headers().kohya(PROJ, D + 1, D, D), Reason.RANK_MISMATCH);
    assertThat(parse(new Headers().kohya(PROJ, D, D, D)).pairs()).as("full rank").hasSize(1);
    assertRejected(new Headers().tensor(PROJ + ".lora_down.weight", 2, D), Reason.MISSING_PAIR);
    assertRejected(
        new Headers()
            .tensor(DType.F8_E8M0, PROJ + ".lora_down.weight", 2, D)
            .tensor(PROJ + ".lora_up.weight", D, 2),
        Reason.UNSUPPORTED_DTYPE);
    assertRejected(
        new Headers().kohya("lora_unet_double_blocks_2_img_attn_proj", 2, D, D),
        Reason.UNKNOWN_LAYER);
    assertRejected(
        new Headers().kohya("lora_te1_text_model_encoder_layers_0_self_attn_q_proj", 2, 24, 24),
        Reason.TEXT_ENCODER_ONLY);
    assertRejected(new Headers().tensor("weight", 2, 2), Reason.NOT_AN_ADAPTER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"weight_scale", "scale_weight", "weight_scale_inv", "weight._scale"})
  void eightBitsAreReadButNotWithAScaleBesideThem(final String scale) {
    final Headers factors =
        new Headers()
            .tensor(DType.F8_E4M3, PROJ + ".lora_down.weight", 2, D)
            .tensor(DType.F8_E5M2, PROJ + ".lora_up.weight", D, 2)
            .tensor(DType.F8_E4M3, PROJ + ".alpha");
    assertThat(parse(factors).pairs()).hasSize(1);
    assertRejected(factors.tensor(PROJ + ".lora_down." + scale, 1), Reason.UNSUPPORTED_DTYPE);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BOOL", "F8_E8M0", "F8_E4M3FNUZ", "C64"})
  void alphaIsANumber(final DType other) {
    assertRejected(
        new Headers().kohya(PROJ, 2, D, D).tensor(other, PROJ + ".alpha"),
        Reason.UNSUPPORTED_DTYPE);
  }

  @Test
  void noWidthOfATextEncoderIsBeyondMemory() {
    final String clip = "lora_te1_text_model_encoder_layers_0_mlp_fc1";
    assertThat(parse(new Headers().kohya(PROJ, 2, D, D).kohya(clip, 64, 4096, 10240)).pairs())
        .hasSize(2);
    assertRejected(
        new Headers().kohya(PROJ, 2, D, D).kohya(clip, 4, 260_000_000, 16), Reason.SHAPE_MISMATCH);
    assertThatThrownBy(() -> parse(new Headers().kohya(clip, 4, 16, 260_000_000)))
        .hasMessage(
            "file: factor '%s.lora_up.weight' has more than 66060288 numbers: F32 [260000000, 4]"
                .formatted(clip));
  }

  @Test
  void convolutionsOfOnePixelAreMatrices() {
    assertThat(
            parse(
                    new Headers()
                        .tensor(PROJ + ".lora_down.weight", 2, D, 1, 1)
                        .tensor(PROJ + ".lora_up.weight", D, 2, 1, 1))
                .pairs())
        .hasSize(1);
    assertRejected(
        new Headers()
            .tensor(PROJ + ".lora_down.weight", 2, D, 3, 3)
            .tensor(PROJ + ".lora_up.weight", D, 2, 1, 1),
        Reason.SHAPE_MISMATCH);
  }

  /** Structure control: more inputs than the picture has, or other norms of queries and keys. */
  @Test
  void controlAdaptersAreNamed() {
    final int inputs = TABLE.find("img_in").orElseThrow().inDim();
    final String img = "lora_unet_img_in";
    assertThat(parse(new Headers().kohya(img, 2, inputs, D)).pairs()).hasSize(1);
    assertRejected(new Headers().kohya(img, 2, 2 * inputs, D), Reason.UNSUPPORTED_ADAPTER_CONTROL);
    assertRejected(new Headers().kohya(img, 2, 2 * inputs - 1, D), Reason.SHAPE_MISMATCH);
    assertRejected(new Headers().kohya(img, 2, inputs / 2, D), Reason.SHAPE_MISMATCH);
    assertRejected(
        new Headers()
            .kohya(PROJ, 2, D, D)
            .tensor("transformer.transformer_blocks.0.attn.norm_q.weight", 32),
        Reason.UNSUPPORTED_ADAPTER_CONTROL);
  }

  /** The lab's model has no guidance; of an alpha without factors nothing can be made. */
  @Test
  void whatTheModelLacksIsLeftOut() {
    final Headers rest =
        new Headers()
            .kohya("lora_unet_guidance_in_in_layer", 2, 256, D)
            .tensor("lora_unet_txt_in.alpha");
    final ReadReport report = parse(rest.kohya(PROJ, 2, D, D)).report();
    assertThat(report.layersUsed()).isEqualTo(1);
    assertThat(report.ignored())
        .isEqualTo(Map.of("lora_unet_guidance_in_in_layer", 2, "lora_unet_txt_in.alpha", 1));
    assertRejected(
        new Headers().kohya("lora_unet_guidance_in_in_layer", 2, 256, D), Reason.UNKNOWN_LAYER);
  }

  @ParameterizedTest
  @CsvSource({
    "Stable Diffusion (U-Net), lora_unet_down_blocks_0_attentions_0_proj",
    "Wan,              diffusion_model.blocks.0.self_attn.q",
    "Wan,              transformer.blocks.0.attn1.to_q",
    "Wan,              lora_transformer_blocks_0_attn2_to_k",
    "SDXL,             lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q",
    "HunyuanVideo,     lora_unet_double_blocks_0_img_mlp_fc1",
    "HunyuanVideo,     lora_unet_single_blocks_0_modulation_linear",
    "HunyuanVideo,     diffusion_model.double_blocks.0.txt_mod.linear",
    "Chroma,           diffusion_model.nerf_blocks.0.param_generator",
    "FLUX.2,           transformer.double_stream_modulation_img.lin",
    "FLUX.2,           transformer.single_transformer_blocks.0.attn.to_out",
    "Krea 2,           base_model.model.blocks.0.attn.wq",
    "Krea 2,           diffusion_model.txtfusion.projector",
    "MiniMax-H3,       lora_unet_blocks_0_attn_qkv_proj",
    "Cosmos or Anima,  lora_unet_blocks_0_cross_attn_output_proj",
    "Cosmos or Anima,  diffusion_model.blocks.0.adaln_modulation_mlp.1",
    "Ideogram 4,       diffusion_model.layers.0.attention.o",
    "Z-Image or Lumina, diffusion_model.layers.0.attention.out",
    "ACE-Step,         base_model.model.layers.0.cross_attn.q_proj",
    "a language model, base_model.model.model.layers.0.self_attn.q_proj"
  })
  void otherModelsAreNamed(final String model, final String module) {
    final Headers headers = new Headers().peft(module, 2, 8, 8);
    assertRejected(headers, Reason.WRONG_BASE_MODEL);
    assertThatThrownBy(() -> parse(headers)).hasMessageContaining("made for " + model + ",");
  }

  /** As ai-toolkit and kohya write them; FLUX.2 [klein] 4B is as wide as FLUX.1 besides. */
  @ParameterizedTest
  @CsvSource({
    "double_blocks_0_img_mlp_0, 1, 6",
    "double_blocks_0_txt_mlp_2, 3, 1",
    "single_blocks_0_linear1, 1, 9",
    "single_blocks_47_linear2, 4, 1"
  })
  void adaptersOfFlux2InNamesOfFlux1AreNamed(final String module, final int in, final int out) {
    for (final int width : List.of(D, 2 * D)) {
      final Headers headers =
          new Headers()
              .kohya("lora_unet_double_blocks_0_img_attn_proj", 2, width, width)
              .kohya("lora_unet_" + module, 2, in * width, out * width);
      assertRejected(headers, Reason.WRONG_BASE_MODEL);
      assertThatThrownBy(() -> parse(headers)).hasMessageContaining("made for FLUX.2,");
    }
  }

  /** Nunchaku writes rows of modulations in an order of its own, under diffusers' names. */
  @Test
  void adaptersPackedForNunchakuAreNamed() {
    assertThatThrownBy(
            () ->
                parse(
                    new Headers()
                        .tensor("transformer_blocks.0.norm1.linear.lora_down", 16, D)
                        .tensor("transformer_blocks.0.norm1.linear.lora_up", 6 * D, 16)
                        .tensor("transformer_blocks.0.qkv_proj.lora_down", D, 32)
                        .tensor("transformer_blocks.0.qkv_proj.lora_up", 3 * D, 32)))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.WRONG_BASE_MODEL))
        .hasMessageContaining("Nunchaku");
  }

  @Test
  void namesOfClipAreKnownWithAndWithoutTheirRoot() {
    for (final String root : new String[] {"text_model.", ""}) {
      final Headers headers =
          new Headers()
              .peft("transformer.single_transformer_blocks.0.proj_out", 2, D + MLP, D)
              .peft("text_encoder." + root + "encoder.layers.0.self_attn.q_proj", 2, 8, 8)
              .peft("text_encoder." + root + "encoder.layers.11.mlp.fc2", 2, 8, 8);
      final ReadReport report = parse(headers).report();
      assertThat(report.textEncoderLayers()).as(root).isEqualTo(2);
      assertThat(report.ignored()).as(root).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "my-style", "my style", "é"})
  void anAdapterOfPeftMayHaveAnyName(final String name) {
    final Headers headers = new Headers();
    headers.tensor(PROJ_OUT + ".lora_A." + name + ".weight", 2, D + MLP);
    headers.tensor(PROJ_OUT + ".lora_B." + name + ".weight", D, 2);
    assertThat(parse(headers).report().layersUsed()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "lora_magnitude_vector.%s.weight, UNSUPPORTED_ADAPTER_DORA",
    "lora_magnitude_vector.%s, UNSUPPORTED_ADAPTER_DORA",
    "lora_E.%s, UNSUPPORTED_ADAPTER_ADALORA",
    "lokr_w1.%s, UNSUPPORTED_ADAPTER_LOKR",
    "hada_w1_a.%s, UNSUPPORTED_ADAPTER_LOHA",
    "oft_R.%s.weight, UNSUPPORTED_ADAPTER_OFT",
    "ia3_l.%s, UNSUPPORTED_ADAPTER_IA3",
    "modules_to_save.%s.weight, UNSUPPORTED_ADAPTER_DIFF",
    "modules_to_save.%s.bias, UNSUPPORTED_ADAPTER_BIAS"
  })
  void anAdaptersNameHidesNothingThatIsNoFactor(final String key, final Reason reason) {
    for (final String name : List.of("default", "my-style", "my style")) {
      assertRejected(
          new Headers()
              .tensor(PROJ_OUT + ".lora_A." + name + ".weight", 2, D + MLP)
              .tensor(PROJ_OUT + ".lora_B." + name + ".weight", D, 2)
              .tensor(PROJ_OUT + "." + key.formatted(name), D),
          reason);
    }
  }
}
