package io.loralake.adapter;

import io.loralake.model.Layer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One way of naming modules: a prefix, a separator, and a vocabulary. The vocabularies are the
 * {@code *.naming} tables beside this class.
 *
 * @param name what reports call it
 * @param component the part of the model that its modules belong to
 * @param modules module name, its block number written {@code {i}} -> place in the model
 */
record Naming(String name, Component component, String prefix, Map<String, Place> modules) {

  /** Parts of a FLUX pipeline that adapters are made for. */
  enum Component {
    TRANSFORMER,
    CLIP_L,
    T5XXL
  }

  /** Where a module sits: a layer, its block number written {@code {i}}, and a part of its rows. */
  record Place(String layer, Part part) {}

  /** Rows of a fused layer's output that a module covers. */
  enum Part {
    WHOLE,
    Q,
    K,
    V,
    QKV,
    MLP,
    /** The whole layer, its two halves exchanged. */
    SWAPPED;

    /** First row of the layer's output, and number of rows. */
    int[] rows(final Layer layer) {
      final int d = layer.inDim(); // of qkv and linear1, the layers that come in parts
      return switch (this) {
        case WHOLE, SWAPPED -> new int[] {0, layer.outDim()};
        case Q -> new int[] {0, d};
        case K -> new int[] {d, d};
        case V -> new int[] {2 * d, d};
        case QKV -> new int[] {0, 3 * d};
        case MLP -> new int[] {3 * d, layer.outDim() - 3 * d};
      };
    }
  }

  /** A module name resolved by a naming. */
  record Match(Naming naming, String layer, Part part) {}

  /** Steps that torch.compile, data parallel and FSDP training put into the path of a module. */
  private static final Pattern WRAPPERS =
      Pattern.compile(
          "(?<![^._])(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|module)[._]");

  private static final Pattern FIRST_NUMBER = Pattern.compile("(?<=[._])\\d+(?=[._])");

  /** All namings; longer prefixes first, so that the most specific one is tried first. */
  static final List<Naming> ALL = loadAll();

  /** The naming of a name and prefix, as the tables have them. */
  static Naming of(final String name, final String prefix) {
    return ALL.stream()
        .filter(naming -> naming.name.equals(name) && naming.prefix.equals(prefix))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("No naming '" + name + "' starts '" + prefix + "'"));
  }

  /** What {@code module} (a key without its factor suffix) means, if any naming knows it. */
  static Optional<Match> resolve(final String module) {
    final String path = WRAPPERS.matcher(module).replaceAll("");
    for (final Naming naming : ALL) {
      if (path.startsWith(naming.prefix)) {
        final Optional<Match> match = naming.find(path.substring(naming.prefix.length()));
        if (match.isPresent()) {
          return match;
        }
      }
    }
    return Optional.empty();
  }

  /** The modules, with prefix, that make up a canonical layer, in the order of their rows. */
  Map<Part, String> modulesOf(final String layer) {
    final Matcher number = FIRST_NUMBER.matcher(layer);
    final boolean inBlock = layer.contains("_blocks.") && number.find();
    final String index = inBlock ? number.group() : "";
    final String generic =
        inBlock
            ? layer.substring(0, number.start()) + "{i}" + layer.substring(number.end())
            : layer;
    final Map<Part, String> byPart = new EnumMap<>(Part.class);
    new TreeMap<>(modules)
        .forEach(
            (module, place) -> {
              if (place.layer.equals(generic)) {
                byPart.put(place.part, prefix + module.replace("{i}", index));
              }
            });
    return byPart;
  }

  private Optional<Match> find(final String path) {
    final Place exact = modules.get(path);
    if (exact != null) {
      return Optional.of(new Match(this, exact.layer, exact.part));
    }
    final Matcher number = FIRST_NUMBER.matcher(path);
    if (!number.find()) {
      return Optional.empty();
    }
    final String generic = path.substring(0, number.start()) + "{i}" + path.substring(number.end());
    return Optional.ofNullable(modules.get(generic))
        .map(place -> new Match(this, place.layer.replace("{i}", number.group()), place.part));
  }

  private static List<Naming> loadAll() {
    final List<Naming> all = new ArrayList<>();
    for (final String table :
        List.of("bfl", "diffusers", "fused", "mflux", "xlabs", "diffsynth", "omi")) {
      all.addAll(load(table, Component.TRANSFORMER));
    }
    all.addAll(load("clip", Component.CLIP_L));
    all.addAll(load("t5", Component.T5XXL));
    all.sort(Comparator.comparingInt((Naming naming) -> -naming.prefix.length()));
    return List.copyOf(all);
  }

  private static List<Naming> load(final String table, final Component component) {
    final List<String[]> headers = new ArrayList<>();
    final Map<String, Place> modules = new HashMap<>();
    for (final String line : lines(table + ".naming")) {
      final String[] words = line.split("\\s+");
      if (words[0].equals("naming")) {
        headers.add(words);
      } else {
        final Part part =
            words.length > 2 ? Part.valueOf(words[2].toUpperCase(Locale.ROOT)) : Part.WHOLE;
        modules.put(words[0], new Place(words.length > 1 ? words[1] : words[0], part));
      }
    }
    return headers.stream()
        .map(
            words ->
                new Naming(
                    words[1],
                    component,
                    words.length > 3 ? words[3] : "",
                    separated(modules, words[2])))
        .toList();
  }

  private static Map<String, Place> separated(
      final Map<String, Place> modules, final String separator) {
    final Map<String, Place> renamed = new HashMap<>();
    modules.forEach((module, place) -> renamed.put(module.replace(".", separator), place));
    return renamed;
  }

  /** The lines of a table beside this class, without comments and blank lines. */
  static List<String> lines(final String resource) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Naming.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
      return reader
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (final IOException e) {
      throw new UncheckedIOException("Cannot read the table " + resource, e);
    }
  }
}
