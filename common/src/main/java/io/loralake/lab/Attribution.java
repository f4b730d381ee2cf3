package io.loralake.lab;

import java.util.Collection;
import java.util.Comparator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The page that says whose work the pictures are, and what was done to it. */
final class Attribution {
  private Attribution() {}

  /** As Markdown. */
  static String of(final Collection<Credit> credits) {
    return """
        # Whose work these pictures are

        Written by `loralake lab pictures`. All drawings were changed: rendered to 32 x 32 pixels on \
        white. Those of the styles
        %s were changed further, by the filters that their names tell.

        | work | by | package | licence | styles |
        |---|---|---|---|---|
        %s
        Names, groups, subgroups and tags: `emojibase-data` by Miles Johnson, MIT.
        The licences' texts are in [licences](licences).
        """
        .formatted(
            Stream.of(Style.values())
                .filter(Style::isTransform)
                .map(Style::id)
                .collect(Collectors.joining(", ")),
            credits.stream()
                .sorted(Comparator.comparing(Credit::npm))
                .map(Attribution::row)
                .collect(Collectors.joining()));
  }

  private static String row(final Credit credit) {
    final String styles =
        Stream.of(Style.values())
            .filter(style -> credit.npm().endsWith("/" + style.set()))
            .map(Style::id)
            .collect(Collectors.joining(", "));
    return "| %s | [%s](%s) | `%s` %s | %s | %s |\n"
        .formatted(
            credit.title(),
            credit.author(),
            credit.url(),
            credit.npm(),
            credit.version(),
            credit.licence(),
            styles);
  }
}
