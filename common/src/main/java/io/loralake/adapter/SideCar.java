package io.loralake.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * Files that lie beside an adapter and describe it: {@code NAME.civitai.info} and {@code NAME.json}
 * (as download tools and web interfaces write them), and the front matter of a {@code README.md}
 * model card.
 */
public final class SideCar {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
  private static final ObjectMapper YAML = new YAMLMapper();

  private static final String BYTE_ORDER_MARK = "\ufeff";

  private SideCar() {}

  /** What the text of a side-car says; {@link AdapterMetadata} of nothing when it is unreadable. */
  public static AdapterMetadata parse(final String fileName, final String content) {
    final String text = withoutByteOrderMark(content);
    try {
      return fileName.endsWith(".md") ? modelCard(text) : info(JSON.readTree(text));
    } catch (final JsonProcessingException e) {
      return AdapterMetadata.NOTHING;
    }
  }

  /** Editors of Windows put the mark before a text. */
  static String withoutByteOrderMark(final String text) {
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  /** Civitai's model version, and the fields that web interfaces add to their own files. */
  private static AdapterMetadata info(final JsonNode info) {
    final MetadataBuilder metadata = new MetadataBuilder();
    final JsonNode model = info.path("model");
    metadata.title = MetadataBuilder.text(told(model.path("name"), info.path("name")));
    metadata.baseDeclared =
        MetadataBuilder.text(told(info.path("baseModel"), info.path("sd version")));
    metadata.creator =
        MetadataBuilder.text(
            info.path("creator").isObject()
                ? info.get("creator").path("username")
                : model.path("creator").path("username"));
    metadata.licence = MetadataBuilder.text(info.path("license"));
    final JsonNode level = told(info.path("nsfwLevel"), model.path("nsfwLevel"));
    metadata.nsfwLevel = level.isInt() ? level.asInt() : null;
    for (final String field :
        new String[] {
          "allowNoCredit", "allowCommercialUse", "allowDerivatives", "allowDifferentLicense"
        }) {
      final JsonNode value = told(model.path(field), info.path(field));
      if (isTold(value)) {
        metadata.permissions.put(field, permission(value));
      }
    }
    MetadataBuilder.addAll(metadata.triggerWords, info.path("trainedWords"));
    MetadataBuilder.addAll(metadata.triggerWords, info.path("activation text"));
    MetadataBuilder.addAll(metadata.captions, info.path("description"));
    MetadataBuilder.addAll(metadata.captions, model.path("description"));
    MetadataBuilder.addAll(metadata.captions, info.path("notes"));
    MetadataBuilder.addParts(metadata.tags, told(model.path("tags"), info.path("tags")));
    return metadata.build();
  }

  /** The other, where one says nothing. */
  private static JsonNode told(final JsonNode one, final JsonNode other) {
    return isTold(one) ? one : other;
  }

  private static boolean isTold(final JsonNode value) {
    return !value.isMissingNode() && !value.isNull();
  }

  /** What is allowed, separated by commas; sites write lists as lists, as {A,B}, or as one word. */
  private static String permission(final JsonNode value) {
    if (value.isArray()) {
      final List<String> all = new ArrayList<>();
      value.forEach(one -> all.add(one.asText()));
      return String.join(",", all);
    }
    return value.isValueNode() ? value.asText().replaceAll("[{}\\s]", "") : value.toString();
  }

  /** The YAML between the first two {@code ---} lines of a Hugging Face model card. */
  private static AdapterMetadata modelCard(final String file) throws JsonProcessingException {
    final String text = file.stripLeading();
    if (!text.startsWith("---")) {
      return AdapterMetadata.NOTHING;
    }
    final int end = text.indexOf("\n---", 3);
    if (end < 0) {
      return AdapterMetadata.NOTHING;
    }
    final JsonNode card = YAML.readTree(text.substring(3, end));
    if (card == null) {
      return AdapterMetadata.NOTHING;
    }
    final MetadataBuilder metadata = new MetadataBuilder();
    metadata.title = MetadataBuilder.text(card.path("title"));
    metadata.creator = MetadataBuilder.text(card.path("author"));
    final JsonNode base = card.path("base_model");
    metadata.baseDeclared = MetadataBuilder.text(base.isArray() ? base.path(0) : base);
    metadata.licence =
        MetadataBuilder.joined(
            card.path("license").asText().equals("other") && card.has("license_name")
                ? card.get("license_name")
                : card.path("license"));
    MetadataBuilder.addAll(metadata.triggerWords, card.path("instance_prompt"));
    MetadataBuilder.addParts(metadata.tags, card.path("tags"));
    for (final JsonNode widget : card.path("widget")) {
      MetadataBuilder.addAll(metadata.captions, widget.path("text"));
    }
    return metadata.build();
  }
}
