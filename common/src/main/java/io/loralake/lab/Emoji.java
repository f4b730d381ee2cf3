package io.loralake.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * One emoji, without skin tone.
 *
 * @param hexcode its code points, joined by {@code -}
 * @param label its name in words
 * @param group one of 10
 * @param subgroup one of 100
 * @param tags words that go with it
 */
record Emoji(String hexcode, String label, String group, String subgroup, List<String> tags) {
  private static final Set<String> ONE_SIDED_SUBGROUPS =
      Set.of(
          "hand-single-finger",
          "time",
          "music",
          "money",
          "transport-sign",
          "arrow",
          "religion",
          "zodiac",
          "av-symbol",
          "math",
          "punctuation",
          "currency",
          "other-symbol",
          "keycap",
          "alphanum",
          "flag");

  /** Left and right, a direction, or something written. */
  private static final Pattern ONE_SIDED_LABELS =
      Pattern.compile(
          "\\b(left|leftwards|right|rightwards|crescent|gibbous|quarter|clock|watch|compass"
              + "|calendar|chart|1st|2nd|3rd|8 ball|hundred|eighteen|mahjong|joker|slot machine"
              + "|badge|speech|anger|ATM|abacus|newspaper|globe|map|tickets?|label|identification"
              + "|placard|bank|hospital|hotel|school|post office|convenience store|police|stop|ZZZ"
              + "|sleeping|pager|e-mail|dvd|no littering|scroll)\\b");

  /** Many that look alike in a picture of 32 pixels. */
  private static final Pattern LOOK_ALIKES = Pattern.compile("family: .*");

  /**
   * The emoji of the unpacked npm package {@code emojibase-data}, in its order; parts of emoji
   * (skin tones, hair, regional letters) and look-alikes are left out.
   */
  static List<Emoji> readAll(final Path folder) throws IOException {
    final ObjectMapper mapper = new ObjectMapper();
    final JsonNode data = mapper.readTree(folder.resolve("en/data.json").toFile());
    final JsonNode names = mapper.readTree(folder.resolve("meta/groups.json").toFile());
    final List<JsonNode> sorted =
        StreamSupport.stream(data.spliterator(), false)
            .filter(node -> node.has("group"))
            .sorted((a, b) -> Integer.compare(a.path("order").asInt(), b.path("order").asInt()))
            .toList();
    final List<Emoji> all = new ArrayList<>();
    for (final JsonNode node : sorted) {
      final Emoji emoji =
          new Emoji(
              node.path("hexcode").asText(),
              node.path("label").asText(),
              names.path("groups").path(node.path("group").asText()).asText(),
              names.path("subgroups").path(node.path("subgroup").asText()).asText(),
              StreamSupport.stream(node.path("tags").spliterator(), false)
                  .map(JsonNode::asText)
                  .toList());
      if (!emoji.group().equals("component") && !LOOK_ALIKES.matcher(emoji.label()).matches()) {
        all.add(emoji);
      }
    }
    return all;
  }

  /** Lower case, without the variation selector: sets write it or leave it out. */
  static String plainHexcode(final String hexcode) {
    return Stream.of(hexcode.toLowerCase(Locale.ROOT).split("-"))
        .filter(point -> !point.equals("fe0f"))
        .collect(Collectors.joining("-"));
  }

  /** Whether its mirrored picture still shows it. */
  boolean mirrorable() {
    return !ONE_SIDED_SUBGROUPS.contains(subgroup) && !ONE_SIDED_LABELS.matcher(label).find();
  }
}
