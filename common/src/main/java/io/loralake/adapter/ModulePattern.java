package io.loralake.adapter;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A regular expression by which PEFT's configurations name modules: it covers a module's whole name
 * or what follows one of its dots. Such expressions come from strangers, so they are matched by
 * sets of positions, in time that grows with the lengths of expression and name only. What does not
 * fit this is refused: repeated groups, counts in braces, back references, looking around.
 */
final class ModulePattern {
  private static final int MAX_LENGTH = 1_000;
  private static final Pattern CHARACTER =
      Pattern.compile("([\\w/.-]|\\\\[dw/._-]|\\[\\^?[\\w-]+])([*+?]?)\\??");

  /** Where an expression can end in a name when it begins at any of {@code starts}. */
  @FunctionalInterface
  private interface Step {
    BitSet ends(String name, BitSet starts);
  }

  private final String text;
  private final Step step;
  private int next;

  /**
   * @throws IllegalArgumentException when the expression is broken or refused
   */
  ModulePattern(final String text) {
    this.text = text;
    require(text.length() <= MAX_LENGTH);
    this.step = alternatives();
    require(next == text.length());
  }

  boolean matches(final String module) {
    final BitSet starts = new BitSet();
    starts.set(0);
    for (int dot = module.indexOf('.'); dot >= 0; dot = module.indexOf('.', dot + 1)) {
      starts.set(dot + 1);
    }
    return step.ends(module, starts).get(module.length());
  }

  private Step alternatives() {
    final List<Step> alternatives = new ArrayList<>();
    do {
      alternatives.add(sequence());
    } while (take("|"));
    return (name, starts) -> {
      final BitSet ends = new BitSet();
      alternatives.forEach(alternative -> ends.or(alternative.ends(name, starts)));
      return ends;
    };
  }

  private Step sequence() {
    final List<Step> parts = new ArrayList<>();
    while (next < text.length() && text.charAt(next) != '|' && text.charAt(next) != ')') {
      parts.add(part());
    }
    return (name, starts) -> {
      BitSet ends = starts;
      for (int i = 0; i < parts.size() && !ends.isEmpty(); i++) {
        ends = parts.get(i).ends(name, ends);
      }
      return ends;
    };
  }

  private Step part() {
    if (take("^")) {
      return (name, starts) -> starts.get(0, 1);
    }
    if (take("$")) {
      return (name, starts) -> {
        final BitSet ends = (BitSet) starts.clone();
        ends.clear(0, name.length());
        return ends;
      };
    }
    if (take("(")) {
      return group();
    }
    final Matcher character = CHARACTER.matcher(text).region(next, text.length());
    require(character.lookingAt());
    next = character.end();
    return repeated(Pattern.compile(character.group(1)).asMatchPredicate(), character.group(2));
  }

  private Step group() {
    take("?:");
    final Step group = alternatives();
    require(take(")"));
    if (!take("?")) {
      return group;
    }
    return (name, starts) -> {
      final BitSet ends = (BitSet) starts.clone();
      ends.or(group.ends(name, starts));
      return ends;
    };
  }

  private static Step repeated(final Predicate<String> character, final String times) {
    final boolean optional = times.equals("*") || times.equals("?");
    final boolean many = times.equals("*") || times.equals("+");
    return (name, starts) -> {
      final BitSet ends = optional ? (BitSet) starts.clone() : new BitSet();
      for (int i = 0; i < name.length(); i++) {
        if ((starts.get(i) || (many && ends.get(i))) && character.test(name.substring(i, i + 1))) {
          ends.set(i + 1);
        }
      }
      return ends;
    };
  }

  private boolean take(final String token) {
    final boolean found = text.startsWith(token, next);
    next += found ? token.length() : 0;
    return found;
  }

  private void require(final boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException(
          "'%s' is not understood from character %d on".formatted(text, next));
    }
  }
}
