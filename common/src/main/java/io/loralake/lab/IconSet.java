package io.loralake.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The drawings of one set: an unpacked npm package {@code @iconify-json/NAME} (format: <a
 * href="https://iconify.design/docs/types/iconify-json.html">IconifyJSON</a>).
 */
final class IconSet {
  /** Free to change and to pass on; share-alike licences are not among them. */
  private static final Set<String> LICENCES = Set.of("Apache-2.0", "MIT", "CC-BY-4.0");

  private static final Set<String> ALIAS_FIELDS = Set.of("parent", "hFlip");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path folder;
  private final JsonNode icons;
  private final Credit credit;
  private final Map<String, String> namesByHexcode = new HashMap<>();

  private IconSet(
      final Path folder, final JsonNode icons, final JsonNode chars, final Credit credit) {
    this.folder = folder;
    this.icons = icons;
    this.credit = credit;
    chars
        .fields()
        .forEachRemaining(
            entry ->
                namesByHexcode.put(Emoji.plainHexcode(entry.getKey()), entry.getValue().asText()));
  }

  /**
   * @throws IOException when the package is not there or its licence does not allow our use
   */
  static IconSet read(final Path folder) throws IOException {
    final JsonNode info = MAPPER.readTree(folder.resolve("info.json").toFile());
    final JsonNode npm = MAPPER.readTree(folder.resolve("package.json").toFile());
    final String licence = info.at("/license/spdx").asText();
    if (!LICENCES.contains(licence) || !licence.equals(npm.path("license").asText())) {
      throw new IOException(
          "Pictures in %s are under '%s' (package: '%s'), allowed are %s"
              .formatted(folder, licence, npm.path("license").asText(), LICENCES));
    }
    final Credit credit =
        new Credit(
            npm.path("name").asText(),
            npm.path("version").asText(),
            info.path("name").asText(),
            info.at("/author/name").asText(),
            info.at("/author/url").asText(),
            licence);
    return new IconSet(
        folder,
        MAPPER.readTree(folder.resolve("icons.json").toFile()),
        MAPPER.readTree(folder.resolve("chars.json").toFile()),
        credit);
  }

  /** The name that the set gives to an emoji. */
  Optional<String> name(final Emoji emoji) {
    return Optional.ofNullable(namesByHexcode.get(Emoji.plainHexcode(emoji.hexcode())));
  }

  /** The drawing as an SVG document; empty when the set has none of that name. */
  Optional<String> svg(final String name) {
    final JsonNode alias = icons.path("aliases").path(name);
    final JsonNode icon = icons.path("icons").path(alias.path("parent").asText(name));
    if (!icon.has("body")) {
      return Optional.empty();
    }
    alias
        .fieldNames()
        .forEachRemaining(
            field -> {
              if (!ALIAS_FIELDS.contains(field)) {
                throw new IllegalArgumentException(
                    "Icon " + name + " in " + folder + ": alias field '" + field + "' is unknown");
              }
            });
    final int width = icon.path("width").asInt(icons.path("width").asInt());
    final int height = icon.path("height").asInt(icons.path("height").asInt());
    final String body = icon.path("body").asText();
    return Optional.of(
        """
        <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
        width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" color="black">%3$s</svg>"""
            .formatted(
                width,
                height,
                alias.path("hFlip").asBoolean()
                    ? "<g transform=\"translate(%d 0) scale(-1 1)\">%s</g>".formatted(width, body)
                    : body));
  }

  Credit credit() {
    return credit;
  }

  @Override
  public String toString() {
    return credit.npm();
  }
}
