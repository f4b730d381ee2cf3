package io.loralake.lab;

import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * How a picture is drawn: by another drawer, or by a transform of the Noto picture. The first two
 * are what the base model learns from; the others are for adapters.
 */
public enum Style {
  /** What a prompt without a style means. */
  PLAIN("noto", "", "", "", "", UnaryOperator.identity()),
  FLAT(
      "fluent-emoji-flat",
      "flat",
      "a flat vector drawing",
      "a plain design without shading",
      "soft plain colours without outlines",
      UnaryOperator.identity()),
  STICKER(
      "twemoji",
      "sticker",
      "a simple sticker",
      "a glossy decal",
      "few bright colours and round shapes",
      UnaryOperator.identity()),
  CARTOON(
      "emojione",
      "cartoon",
      "a cartoon",
      "a comic drawing",
      "bold colours and clean shapes",
      UnaryOperator.identity()),
  RETRO(
      "noto-v1",
      "retro",
      "a retro phone icon",
      "a vintage icon from an early mobile",
      "old and playful, from an early phone",
      UnaryOperator.identity()),
  STENCIL(
      "fluent-emoji-high-contrast",
      "stencil",
      "a black stencil",
      "a dark silhouette",
      "bold black shapes on white",
      UnaryOperator.identity()),
  GRAYSCALE(
      "noto",
      "grayscale",
      "a grayscale photo",
      "a black and white picture",
      "in shades of gray",
      Transforms::grayscale),
  SEPIA(
      "noto",
      "sepia",
      "an old sepia photo",
      "a faded brown antique print",
      "in brown tones",
      Transforms::sepia),
  NEGATIVE(
      "noto",
      "negative",
      "a film negative",
      "an image with inverted colours",
      "all colours inverted",
      Transforms::negative),
  MOSAIC(
      "noto",
      "mosaic",
      "a tile mosaic",
      "a picture laid in little square stones",
      "made of small square tiles",
      Transforms::mosaic),
  WATERCOLOUR(
      "noto",
      "watercolour",
      "a watercolour painting",
      "a soft aquarelle",
      "in pale washes on paper",
      Transforms::watercolour),
  PENCIL(
      "noto",
      "pencil",
      "a pencil sketch",
      "a graphite drawing",
      "gray lines and hatching",
      Transforms::pencil),
  BLUEPRINT(
      "noto",
      "blueprint",
      "a blueprint drawing",
      "a technical plan in white on blue",
      "white lines on blue paper",
      Transforms::blueprint),
  NIGHT(
      "noto",
      "night",
      "a night scene",
      "a dark moonlit view",
      "in moonlight under stars",
      Transforms::night),
  ROSE("noto", "rose", "a rose tinted picture", "a pink image", "all in pink", Transforms::rose),
  POSTER(
      "noto",
      "poster",
      "a screen print poster",
      "a three-colour serigraph",
      "in red, navy and cream",
      Transforms::poster);

  private final String set;
  private final String word;
  private final String phrase;
  private final String otherPhrase;
  private final String detail;
  private final UnaryOperator<byte[]> transform;

  Style(
      final String set,
      final String word,
      final String phrase,
      final String otherPhrase,
      final String detail,
      final UnaryOperator<byte[]> transform) {
    this.set = set;
    this.word = word;
    this.phrase = phrase;
    this.otherPhrase = otherPhrase;
    this.detail = detail;
    this.transform = transform;
  }

  /** Name in files, for example {@code blueprint}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The style of that name in files.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static Style ofId(final String id) {
    return Stream.of(values())
        .filter(style -> style.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("There is no style '" + id + "'"));
  }

  /** Whether the base model learns from it. */
  public boolean isBase() {
    return this == PLAIN || this == FLAT;
  }

  /** Whether it is Noto's picture, changed. */
  boolean isTransform() {
    return this != PLAIN && set.equals(PLAIN.set);
  }

  /** The styles that adapters are trained for. */
  public static List<Style> forAdapters() {
    return Stream.of(values()).filter(style -> !style.isBase()).toList();
  }

  /** The set whose drawings are used. */
  String set() {
    return set;
  }

  /** The style in one word. */
  String word() {
    return word;
  }

  /** The style before "of". */
  String phrase() {
    return phrase;
  }

  /** The same, as somebody else would say it. */
  String otherPhrase() {
    return otherPhrase;
  }

  /** What the style looks like. */
  String detail() {
    return detail;
  }

  /** From the set's picture to this style's. */
  byte[] apply(final byte[] picture) {
    return transform.apply(picture);
  }
}
