package io.loralake.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The {@code __metadata__} of a safetensors header, as kohya's sd-scripts ({@code ss_*}), the
 * ModelSpec standard ({@code modelspec.*}), ai-toolkit and diffusers write it.
 */
final class HeaderMetadata {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_TAGS = 100;

  private HeaderMetadata() {}

  static AdapterMetadata parse(final Map<String, String> header) {
    final MetadataBuilder metadata = new MetadataBuilder();
    metadata.title = firstText(header, "modelspec.title", "ss_output_name", "name");
    metadata.trainer = trainer(header);
    metadata.baseDeclared =
        firstText(
            header,
            "ss_base_model_version",
            "modelspec.architecture",
            "ss_sd_model_name",
            "base_model");
    metadata.rankDeclared = firstText(header, "ss_network_dim");
    metadata.alphaDeclared = firstText(header, "ss_network_alpha");
    metadata.creator = firstText(header, "modelspec.author");
    metadata.licence = firstText(header, "modelspec.license", "license");
    metadata.resolution = firstText(header, "ss_resolution", "modelspec.resolution");
    MetadataBuilder.add(
        metadata.triggerWords, firstText(header, "modelspec.trigger_phrase", "trigger_word"));
    MetadataBuilder.add(metadata.captions, firstText(header, "modelspec.description"));
    MetadataBuilder.add(metadata.captions, firstText(header, "modelspec.usage_hint"));
    final String tags = firstText(header, "modelspec.tags");
    if (tags != null) {
      MetadataBuilder.addParts(metadata.tags, tags);
    }
    final JsonNode tagFrequencies = json(header.get("ss_tag_frequency"));
    addTagFrequencies(metadata, tagFrequencies);
    addFolderNames(metadata, tagFrequencies);
    addFolderNames(metadata, json(header.get("ss_dataset_dirs")));
    return metadata.build();
  }

  private static String trainer(final Map<String, String> header) {
    final JsonNode software = json(header.get("software"));
    if (software.path("name").isTextual()) {
      return MetadataBuilder.text(software.get("name"));
    }
    if (header.containsKey("ss_network_module")) {
      return "sd-scripts";
    }
    return header.containsKey("lora_adapter_metadata") ? "diffusers" : null;
  }

  /** {@code {"folder": {"tag": count}}}, added up over folders. */
  private static void addTagFrequencies(final MetadataBuilder metadata, final JsonNode folders) {
    final Map<String, Integer> counts = new TreeMap<>();
    for (final JsonNode folder : folders) {
      folder
          .fields()
          .forEachRemaining(
              tag -> {
                final String name = MetadataBuilder.text(tag.getKey());
                if (name != null && tag.getValue().isInt()) {
                  counts.merge(name, tag.getValue().asInt(), Integer::sum);
                }
              });
    }
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(MAX_TAGS)
        .collect(Collectors.toList())
        .forEach(tag -> metadata.tagFrequencies.put(tag.getKey(), tag.getValue()));
  }

  /**
   * sd-scripts' data folders are called {@code REPEATS_trigger words}, and so is the one that
   * ai-toolkit makes up.
   */
  private static void addFolderNames(final MetadataBuilder metadata, final JsonNode folders) {
    folders
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (name.matches("\\d+_.+")) {
                MetadataBuilder.add(
                    metadata.triggerWords,
                    MetadataBuilder.text(name.substring(name.indexOf('_') + 1)));
              }
            });
  }

  private static String firstText(final Map<String, String> header, final String... keys) {
    for (final String key : keys) {
      final String value = MetadataBuilder.text(header.get(key));
      if (value != null && !value.equals("None")) {
        return value;
      }
    }
    return null;
  }

  private static JsonNode json(final String text) {
    try {
      return JSON.readTree(text == null ? "{}" : text);
    } catch (final JsonProcessingException e) {
      return JSON.createObjectNode();
    }
  }
}
