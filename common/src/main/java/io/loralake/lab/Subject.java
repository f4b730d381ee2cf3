package io.loralake.lab;

import java.util.Optional;
import java.util.stream.Stream;

/** What adapters are trained for: subgroups of which every drawer has many pictures. */
public enum Subject {
  SMILING_FACES("face-smiling", "smiling faces", "happy emoticons"),
  WORRIED_FACES("face-concerned", "worried faces", "sad and anxious emoticons"),
  HEARTS("heart", "hearts", "love symbols"),
  MAMMALS("animal-mammal", "mammals", "furry four-legged animals"),
  BIRDS("animal-bird", "birds", "feathered flyers"),
  SEA_ANIMALS("animal-marine", "sea animals", "fish and other ocean creatures"),
  PLANTS("plant-other", "plants", "trees and leaves"),
  FRUIT("food-fruit", "fruit", "apples, berries and the like"),
  MEALS("food-prepared", "meals", "cooked dishes"),
  SWEETS("food-sweet", "sweets", "cakes and candy"),
  DRINKS("drink", "drinks", "beverages in glasses and cups"),
  BUILDINGS("place-building", "buildings", "houses and towers"),
  VEHICLES("transport-ground", "vehicles", "cars, buses and trains"),
  WEATHER("sky-weather", "sky and weather", "sun, clouds and rain"),
  CELEBRATIONS("event", "celebrations", "parties and holidays"),
  SPORTS("sport", "sports", "balls and games"),
  CLOTHES("clothing", "clothes", "garments and shoes"),
  BOOKS("book-paper", "books and papers", "notebooks and documents"),
  OFFICE("office", "office things", "desk supplies"),
  TOOLS("tool", "tools", "hammers, saws and wrenches");

  private final String subgroup;
  private final String words;
  private final String otherWords;

  Subject(final String subgroup, final String words, final String otherWords) {
    this.subgroup = subgroup;
    this.words = words;
    this.otherWords = otherWords;
  }

  /** Name in files: emojibase's subgroup, for example {@code food-fruit}. */
  public String id() {
    return subgroup;
  }

  /** The subject as people say it, in the plural. */
  public String words() {
    return words;
  }

  /** The subject as somebody else would say it. */
  String otherWords() {
    return otherWords;
  }

  /**
   * The subject of that name in files.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static Subject ofId(final String id) {
    return Stream.of(values())
        .filter(subject -> subject.subgroup.equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("There is no subject '" + id + "'"));
  }

  static Optional<Subject> of(final Emoji emoji) {
    return Stream.of(values())
        .filter(subject -> subject.subgroup.equals(emoji.subgroup()))
        .findFirst();
  }
}
