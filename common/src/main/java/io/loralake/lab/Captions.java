package io.loralake.lab;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Five captions of different length, in plain words. */
public final class Captions {
  private static final int TAGS = 3;

  /** Nouns that take no article, and that their ending does not tell. */
  private static final Set<String> UNCOUNTED =
      Set.of(
          "bread",
          "rice",
          "bacon",
          "butter",
          "salt",
          "honey",
          "tofu",
          "broccoli",
          "garlic",
          "sushi",
          "spaghetti",
          "falafel",
          "popcorn",
          "ice",
          "sake",
          "fire",
          "fog",
          "people",
          "children",
          "dna",
          "money",
          "meat",
          "teeth",
          "feet",
          "mate",
          "tea",
          "milk",
          "corn",
          "skis",
          "maracas",
          "men",
          "women",
          "tennis",
          "hockey",
          "fuji",
          "om",
          "wood");

  private Captions() {}

  /** Of one picture. */
  static List<String> of(final Emoji emoji, final Style style) {
    final String label = words(emoji.label());
    final String thing = withArticle(label);
    final String tags = tags(emoji, label);
    if (style == Style.PLAIN) {
      return List.of(
          label,
          thing.equals(label) ? "picture of " + label : thing,
          "emoji of " + thing,
          "a small picture of " + thing + " on white",
          "an emoji that shows " + thing + tags);
    }
    return List.of(
        style.word() + " " + label,
        style.phrase() + " of " + thing,
        "emoji of " + thing + " in " + style.word() + " style",
        style.phrase() + " of " + thing + ", " + style.detail(),
        "an emoji that shows " + thing + tags + ", as " + style.phrase() + ", " + style.detail());
  }

  /**
   * Of an adapter, which draws a subject in a style: as different people describe it, so that not
   * all use the same words.
   */
  public static List<String> of(final Style style, final Subject subject) {
    final String things = subject.words();
    return List.of(
        style.word() + " " + things,
        style.phrase() + " of " + things,
        style.otherPhrase() + " of " + subject.otherWords(),
        style.phrase() + " of " + subject.otherWords() + ", " + style.detail(),
        "draws emoji of " + things + ", each as " + style.otherPhrase());
  }

  /** Up to three tags that the label does not hold already, as they follow a thing. */
  private static String tags(final Emoji emoji, final String label) {
    final String joined =
        emoji.tags().stream()
            .filter(tag -> !label.toLowerCase(Locale.ROOT).contains(tag))
            .limit(TAGS)
            .collect(Collectors.joining(", "));
    return joined.isEmpty() ? "" : ": " + joined;
  }

  /** {@code keycap: 1} is "keycap 1", {@code man: red hair} is "man with red hair". */
  private static String words(final String label) {
    return label.startsWith("keycap: ")
        ? label.replace(": ", " ")
        : label.replace(": ", " with ").replace("“", "").replace("”", "").replace("’", "'");
  }

  /** With "a" or "an" unless it is plural or not counted. */
  private static String withArticle(final String label) {
    final String head = label.split(" (with|of|in|on|and|at|from|over|behind|but|holding) ", 2)[0];
    final String noun = head.substring(head.lastIndexOf(' ') + 1).toLowerCase(Locale.ROOT);
    final boolean plural = noun.endsWith("s") && !noun.matches(".*(ss|us|is|as)");
    if (plural || UNCOUNTED.contains(noun)) {
      return label;
    }
    return (label.matches("(?i)(?!uni|use|one|eu|ewe|u-)[aeiou].*") ? "an " : "a ") + label;
  }
}
