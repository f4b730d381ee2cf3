package io.loralake.lab;

import java.util.Optional;
import java.util.stream.Stream;

/** What adapters are trained for: subgroups of which every drawer has many pictures. */
public enum Subject {
  SMILING_FACES("face-smiling", "smiling faces"),
  WORRIED_FACES("face-concerned", "worried faces"),
  HEARTS("heart", "hearts"),
  MAMMALS("animal-mammal", "mammals"),
  BIRDS("animal-bird", "birds"),
  SEA_ANIMALS("animal-marine", "sea animals"),
  PLANTS("plant-other", "plants"),
  FRUIT("food-fruit", "fruit"),
  MEALS("food-prepared", "meals"),
  SWEETS("food-sweet", "sweets"),
  DRINKS("drink", "drinks"),
  BUILDINGS("place-building", "buildings"),
  VEHICLES("transport-ground", "vehicles"),
  WEATHER("sky-weather", "sky and weather"),
  CELEBRATIONS("event", "celebrations"),
  SPORTS("sport", "sports"),
  CLOTHES("clothing", "clothes"),
  BOOKS("book-paper", "books and papers"),
  OFFICE("office", "office things"),
  TOOLS("tool", "tools");

  private final String subgroup;
  private final String words;

  Subject(final String subgroup, final String words) {
    this.subgroup = subgroup;
    this.words = words;
  }

  /** Name in files: emojibase's subgroup, for example {@code food-fruit}. */
  public String id() {
    return subgroup;
  }

  /** The subject as people say it, in the plural. */
  public String words() {
    return words;
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
