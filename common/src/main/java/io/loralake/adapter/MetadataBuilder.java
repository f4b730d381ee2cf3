package io.loralake.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jsoup.Jsoup;

/** Collects metadata leniently: blank text, wrong types and missing fields are simply not there. */
final class MetadataBuilder {
  /** Longer texts are cut: a description is not a novel. */
  private static final int MAX_TEXT = 2_000;

  String title;
  String trainer;
  String baseDeclared;
  String rankDeclared;
  String alphaDeclared;
  String creator;
  String licence;
  Integer nsfwLevel;
  String resolution;
  final Map<String, String> permissions = new LinkedHashMap<>();
  final List<String> triggerWords = new ArrayList<>();
  final List<String> captions = new ArrayList<>();
  final List<String> tags = new ArrayList<>();
  final Map<String, Integer> tagFrequencies = new LinkedHashMap<>();

  /** The text of a scalar node without markup; null when there is none. */
  static String text(final JsonNode node) {
    return node.isValueNode() && !node.isNull() ? text(node.asText()) : null;
  }

  /** Text without HTML tags and surplus space, at most {@value #MAX_TEXT} characters; or null. */
  static String text(final String raw) {
    if (raw == null) {
      return null;
    }
    final String plain =
        (raw.indexOf('<') >= 0 || raw.indexOf('&') >= 0 ? Jsoup.parseBodyFragment(raw).text() : raw)
            .replaceAll("\\s+", " ")
            .strip();
    return plain.isEmpty() ? null : plain.substring(0, Math.min(plain.length(), MAX_TEXT));
  }

  /** The text of a scalar, or the texts of an array with commas between them; or null. */
  static String joined(final JsonNode node) {
    final List<String> texts = new ArrayList<>();
    addAll(texts, node);
    return texts.isEmpty() ? null : String.join(", ", texts);
  }

  /** Adds each text of an array, or each part of a comma-separated list. */
  static void addParts(final List<String> target, final JsonNode node) {
    if (node.isTextual()) {
      addParts(target, node.asText());
    } else {
      addAll(target, node);
    }
  }

  /** Adds each part of a comma-separated list. */
  static void addParts(final List<String> target, final String list) {
    for (final String part : list.split(",", -1)) {
      add(target, text(part));
    }
  }

  /** Adds a text, or each text of an array. */
  static void addAll(final List<String> target, final JsonNode node) {
    if (node.isArray()) {
      node.forEach(element -> add(target, text(element)));
    } else {
      add(target, text(node));
    }
  }

  static void add(final List<String> target, final String text) {
    if (text != null && !target.contains(text)) {
      target.add(text);
    }
  }

  AdapterMetadata build() {
    return new AdapterMetadata(
        title,
        trainer,
        baseDeclared,
        rankDeclared,
        alphaDeclared,
        creator,
        licence,
        permissions,
        nsfwLevel,
        resolution,
        triggerWords,
        captions,
        tags,
        tagFrequencies);
  }
}
