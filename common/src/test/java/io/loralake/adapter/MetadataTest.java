package io.loralake.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataTest {

  @Test
  void kohyaHeader() {
    final AdapterMetadata metadata =
        AdapterMetadata.ofHeader(
            Map.of(
                "ss_network_module", "networks.lora_flux",
                "ss_output_name", "my_style",
                "ss_network_dim", "16",
                "ss_network_alpha", "8.0",
                "ss_base_model_version", "flux1",
                "ss_resolution", "(1024, 1024)",
                "ss_dataset_dirs", "{\"10_vvstyle woman\": {\"n_repeats\": 10}}",
                "ss_tag_frequency",
                    "{\"a\": {\"cat\": 3, \" dog \": 1}, \"b\": {\"cat\": 2, \"x\": \"no\"}}"));
    assertThat(metadata.trainer()).isEqualTo("sd-scripts");
    assertThat(metadata.title()).isEqualTo("my_style");
    assertThat(metadata.baseDeclared()).isEqualTo("flux1");
    assertThat(metadata.rankDeclared()).isEqualTo("16");
    assertThat(metadata.alphaDeclared()).isEqualTo("8.0");
    assertThat(metadata.resolution()).isEqualTo("(1024, 1024)");
    assertThat(metadata.triggerWords()).containsExactly("vvstyle woman");
    assertThat(metadata.tagFrequencies()).containsExactly(Map.entry("cat", 5), Map.entry("dog", 1));
  }

  @Test
  void modelSpecAndAiToolkitHeaders() {
    final AdapterMetadata spec =
        AdapterMetadata.ofHeader(
            Map.of(
                "modelspec.title", "Title",
                "modelspec.author", "Someone",
                "modelspec.license", "CC-BY-4.0",
                "modelspec.tags", "style, soft",
                "modelspec.trigger_phrase", "vvstyle",
                "modelspec.description", "<p>Soft &amp; warm</p>",
                "ss_output_name", "None"));
    assertThat(spec.title()).isEqualTo("Title");
    assertThat(spec.creator()).isEqualTo("Someone");
    assertThat(spec.licence()).isEqualTo("CC-BY-4.0");
    assertThat(spec.tags()).containsExactly("style", "soft");
    assertThat(spec.triggerWords()).containsExactly("vvstyle");
    assertThat(spec.captions()).containsExactly("Soft & warm");
    final AdapterMetadata toolkit =
        AdapterMetadata.ofHeader(
            Map.of(
                "software", "{\"name\": \"ai-toolkit\"}",
                "name", "n",
                "ss_tag_frequency", "{\"1_p3r5on woman\": {\"p3r5on woman\": 1}}"));
    assertThat(toolkit.trainer()).isEqualTo("ai-toolkit");
    assertThat(toolkit.title()).isEqualTo("n");
    assertThat(toolkit.triggerWords()).containsExactly("p3r5on woman");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "null", "7", "\"text\"", "{\"a\": null}", ""})
  void brokenJsonInAHeaderSaysNothing(final String json) {
    assertThat(
            AdapterMetadata.ofHeader(
                Map.of("ss_tag_frequency", json, "software", json, "ss_dataset_dirs", json)))
        .isEqualTo(AdapterMetadata.NOTHING);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "null", "7", "{\"model\": 3, \"trainedWords\": {}}", ""})
  void brokenSideCarsSayNothing(final String text) {
    assertThat(SideCar.parse("a.json", text)).isEqualTo(AdapterMetadata.NOTHING);
    assertThat(SideCar.parse("README.md", text)).isEqualTo(AdapterMetadata.NOTHING);
    assertThat(SideCar.parse("README.md", "---\n: [" + text + "\n---\n"))
        .isEqualTo(AdapterMetadata.NOTHING);
  }

  @Test
  void civitaiInfo() {
    final AdapterMetadata metadata =
        SideCar.parse(
            "a.civitai.info",
            """
            {"name": "v1", "baseModel": "Flux.1 D", "nsfwLevel": 5, "trainedWords": ["one", "two"],
             "description": null,
             "model": {"name": "Model", "description": "<b>Nice</b>", "tags": ["style"],
                       "allowCommercialUse": ["Image", "Rent"], "allowNoCredit": true,
                       "creator": {"username": "me"}}}
            """);
    assertThat(metadata.title()).isEqualTo("Model");
    assertThat(metadata.baseDeclared()).isEqualTo("Flux.1 D");
    assertThat(metadata.nsfwLevel()).isEqualTo(5);
    assertThat(metadata.creator()).isEqualTo("me");
    assertThat(metadata.triggerWords()).containsExactly("one", "two");
    assertThat(metadata.captions()).containsExactly("Nice");
    assertThat(metadata.permissions())
        .containsEntry("allowNoCredit", "true")
        .containsEntry("allowCommercialUse", "Image,Rent");
  }

  /** Web interfaces write null for what they do not know. */
  @Test
  void whatIsNullInOnePlaceIsLookedForInTheOther() {
    final AdapterMetadata metadata =
        SideCar.parse(
            "a.civitai.info",
            """
            {"name": "Version 1", "baseModel": null, "sd version": "Flux.1 D", "nsfwLevel": null,
             "allowDerivatives": true,
             "model": {"name": null, "nsfwLevel": 4, "allowDerivatives": null, "tags": null},
             "tags": ["ink"]}
            """);
    assertThat(metadata.title()).isEqualTo("Version 1");
    assertThat(metadata.baseDeclared()).isEqualTo("Flux.1 D");
    assertThat(metadata.nsfwLevel()).isEqualTo(4);
    assertThat(metadata.permissions()).containsKey("allowDerivatives");
    assertThat(metadata.tags()).containsExactly("ink");
  }

  @Test
  void modelCard() {
    final AdapterMetadata metadata =
        SideCar.parse(
            "README.md",
            """

            ---
            base_model: black-forest-labs/FLUX.1-dev
            license: other
            license_name: flux-1-dev-non-commercial
            instance_prompt: vvstyle
            tags: [lora, flux]
            widget:
              - text: a cat in vvstyle
            ---
            # Title
            """);
    assertThat(metadata.baseDeclared()).isEqualTo("black-forest-labs/FLUX.1-dev");
    assertThat(metadata.licence()).isEqualTo("flux-1-dev-non-commercial");
    assertThat(metadata.triggerWords()).containsExactly("vvstyle");
    assertThat(metadata.tags()).containsExactly("lora", "flux");
    assertThat(metadata.captions()).containsExactly("a cat in vvstyle");
  }

  @Test
  void theFilesOwnWordCountsFirst() {
    final AdapterMetadata own = AdapterMetadata.ofHeader(Map.of("name", "own"));
    final AdapterMetadata beside =
        SideCar.parse("a.json", "{\"name\": \"beside\", \"trainedWords\": [\"w\"]}");
    assertThat(own.and(beside).title()).isEqualTo("own");
    assertThat(own.and(beside).triggerWords()).containsExactly("w");
    assertThat(AdapterMetadata.NOTHING.and(beside)).isEqualTo(beside);
  }

  @Test
  void sideCarsAreReadAsToolsWriteThem() {
    final AdapterMetadata info =
        SideCar.parse(
            "a.civitai.info",
            "\ufeff{\"model\": {\"name\": \"M\"}, \"score\": NaN, \"tags\": \"style, anime\"}");
    assertThat(info.title()).isEqualTo("M");
    assertThat(info.tags()).containsExactly("style", "anime");
    final AdapterMetadata card =
        SideCar.parse("README.md", "---\nlicense:\n- mit\n- apache-2.0\ntags: style, anime\n---\n");
    assertThat(card.licence()).isEqualTo("mit, apache-2.0");
    assertThat(card.tags()).containsExactly("style", "anime");
  }
}
