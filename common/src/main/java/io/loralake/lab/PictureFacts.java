package io.loralake.lab;

import java.util.List;

/**
 * What is known of a picture, as its sample's JSON holds it.
 *
 * @param set package of the drawing, for example {@code noto}
 * @param icon name within the set; the same emoji has the same name in every set
 * @param label the emoji's name in words, by emojibase
 * @param group of the emoji, by emojibase
 * @param subgroup of the emoji, by emojibase
 * @param style id of a {@link Style}
 * @param subject id of a {@link Subject}; null where the emoji belongs to none
 * @param kept out of every training: the picture serves validation
 * @param mirrorable whether the mirrored picture still shows what the captions say
 * @param captions five, of different length
 */
public record PictureFacts(
    String set,
    String icon,
    String label,
    String group,
    String subgroup,
    String style,
    String subject,
    boolean kept,
    boolean mirrorable,
    List<String> captions) {

  /** Unique over all shards, and free of dots: the name of the sample. */
  public String key() {
    return style + "__" + icon;
  }
}
