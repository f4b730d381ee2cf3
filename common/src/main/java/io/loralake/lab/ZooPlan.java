package io.loralake.lab;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Which adapters make up the zoo: one on all layers for each of 12 styles and 20 subjects, and a
 * quarter as many that are unusual, as the wild has them. Namings, number formats and headers are
 * mixed, and file names tell nothing.
 */
public final class ZooPlan {
  /** Styles that the zoo has adapters for. */
  public static final int STYLES = 12;

  private static final int EVERY_WILD = 4;
  private static final long SEED = 20_250;

  /** More than there are numbers of adapters. */
  private static final long SEED_STEP = 10_000;

  /** Names of styles for adapters on any layers. */
  private static final List<String> NAMINGS =
      List.of(
          "kohya",
          "diffusers",
          "kohya",
          "onetrainer",
          "comfyui",
          "peft",
          "bfl",
          "comfyui-alpha",
          "kohya-diffusers",
          "fal",
          "diffusers-header",
          "diffsynth",
          "lycoris",
          "diffusers-alpha");

  /** Full adapters by rank: small ones, so that some hundred fit into a repository. */
  private static final int[] RANKS = {
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 4
  };

  /** What is unusual about an adapter. */
  private record Kind(String name, int rank, double alpha, List<String> layers, String naming) {}

  private static final List<Kind> WILD =
      List.of(
          new Kind("attention", 4, 4, List.of("attention"), null),
          new Kind("double", 2, 2, List.of("double"), null),
          new Kind("single", 4, 4, List.of("single"), null),
          new Kind("rank1", 1, 1, List.of("all"), null),
          new Kind("rank8", 8, 8, List.of("*.linear1", "*.img_attn.proj"), null),
          new Kind("alpha", 2, 1, List.of("all"), "alpha"),
          new Kind("xlabs", 4, 4, List.of("attention"), "xlabs"),
          new Kind("alpha", 2, 4, List.of("all"), "alpha"));

  /** Namings that keep alpha apart from the factors. */
  private static final List<String> ALPHA_NAMINGS =
      List.of("kohya", "onetrainer", "comfyui-alpha", "diffusers-header", "lycoris");

  private ZooPlan() {}

  /**
   * An adapter and how it is trained and written.
   *
   * @param dtype of the file
   * @param metadata style of its header
   */
  public record Row(ZooAdapter adapter, String dtype, String metadata) {}

  /**
   * All rows, in the order of their names.
   *
   * @param seed of all trainings: the same adapters, learned anew
   */
  public static List<Row> rows(final int seed) {
    final List<Row> rows = new ArrayList<>();
    final Set<String> names = new HashSet<>();
    final List<Style> styles = Style.forAdapters().subList(0, STYLES);
    int count = 0;
    int wild = 0;
    for (final Subject subject : Subject.values()) {
      for (final Style style : styles) {
        final int rank = RANKS[count % RANKS.length];
        final Kind full = new Kind(ZooAdapter.FULL, rank, rank, List.of("all"), null);
        rows.add(row(style, subject, full, count, seed, names));
        if ((count + subject.ordinal()) % EVERY_WILD == 0) {
          rows.add(row(style, subject, WILD.get(wild % WILD.size()), 1000 + wild, seed, names));
          wild++;
        }
        count++;
      }
    }
    rows.sort((a, b) -> a.adapter().file().compareTo(b.adapter().file()));
    return rows;
  }

  private static Row row(
      final Style style,
      final Subject subject,
      final Kind kind,
      final int number,
      final int seed,
      final Set<String> names) {
    final SplittableRandom random = new SplittableRandom(SEED + number);
    final String naming =
        kind.naming() == null
            ? NAMINGS.get(random.nextInt(NAMINGS.size()))
            : kind.naming().equals("alpha")
                ? ALPHA_NAMINGS.get(random.nextInt(ALPHA_NAMINGS.size()))
                : kind.naming();
    String name = name(random);
    while (!names.add(name)) {
      name = name(random);
    }
    return new Row(
        new ZooAdapter(
            name + ".safetensors",
            style.id(),
            subject.id(),
            kind.name(),
            kind.rank(),
            kind.alpha(),
            kind.layers(),
            naming,
            number + SEED_STEP * seed,
            Captions.of(style, subject)),
        random.nextInt(3) == 0 ? "bf16" : "f16",
        metadata(naming, random));
  }

  /** Half of the files have a header, and few headers tell of captions. */
  private static String metadata(final String naming, final SplittableRandom random) {
    final int draw = random.nextInt(10);
    if (draw < 5) {
      return "none";
    }
    return switch (naming) {
      case "kohya", "kohya-diffusers", "lycoris" -> draw == 5 ? "kohya-tags" : "kohya";
      case "onetrainer" -> "onetrainer";
      case "comfyui", "comfyui-alpha", "diffusers", "diffusers-alpha" -> "ai-toolkit";
      default -> "none";
    };
  }

  private static String name(final SplittableRandom random) {
    final String hash = HexFormat.of().toHexDigits(random.nextLong());
    final int number = random.nextInt(1000);
    final String name =
        switch (random.nextInt(6)) {
          case 0 -> "flx_v%d-%06d".formatted(1 + number % 5, 8 * number);
          case 1 -> hash;
          case 2 -> "lora_%s_final%s".formatted(hash.substring(0, 4), number % 2 == 0 ? "2" : "");
          case 3 -> "my-flux-lora-%d".formatted(number);
          case 4 -> "pytorch_lora_weights_%d".formatted(number);
          default -> "%s_%06d".formatted(hash.substring(0, 6), number);
        };
    return name.toLowerCase(Locale.ROOT);
  }
}
