package io.loralake.adapter;

import io.loralake.model.Layer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a trainer writes adapter files: its naming of modules, the ends of its keys, and the place of
 * alpha. The styles are the lines of {@code file-styles.txt} beside this class.
 */
public final class FileStyle {
  private static final Map<String, FileStyle> ALL = load();

  /** Where a file tells alpha. */
  enum Alpha {
    /** In a scalar tensor of each module. */
    TENSOR,
    /** In the header's {@code lora_adapter_metadata}. */
    HEADER,
    /** Nowhere: B is multiplied by alpha / R. */
    FOLDED
  }

  private final String name;
  private final Naming naming;
  private final String downEnd;
  private final String upEnd;
  private final String alphaEnd;

  private FileStyle(final String[] words) {
    this.name = words[0];
    this.naming = Naming.of(words[1], words[2].equals("-") ? "" : words[2]);
    this.downEnd = words[3];
    this.upEnd = words[4];
    this.alphaEnd = words[5];
  }

  /**
   * The style called {@code name}.
   *
   * @throws IllegalArgumentException when there is none, listing those that are
   */
  public static FileStyle of(final String name) {
    final FileStyle style = ALL.get(name);
    if (style == null) {
      throw new IllegalArgumentException(
          "There is no naming '" + name + "', allowed are " + ALL.keySet());
    }
    return style;
  }

  /** All styles, by name. */
  public static Collection<String> names() {
    return Collections.unmodifiableSet(ALL.keySet());
  }

  public String name() {
    return name;
  }

  /** What the reader's reports call its naming. */
  String namingName() {
    return naming.name();
  }

  /** Whether the style has modules for every row of a layer's output. */
  public boolean covers(final Layer layer) {
    return modules(layer).stream().mapToInt(Module::rows).sum() == layer.outDim();
  }

  /** A module and the rows of a layer that it holds, perhaps with their halves exchanged. */
  record Module(String name, int row, int rows, boolean swapped) {}

  /** The modules that make up a layer, by rows. */
  List<Module> modules(final Layer layer) {
    final List<Module> modules = new ArrayList<>();
    naming
        .modulesOf(layer.name())
        .forEach(
            (part, module) -> {
              final int[] rows = part.rows(layer);
              modules.add(new Module(module, rows[0], rows[1], part == Naming.Part.SWAPPED));
            });
    return modules;
  }

  Alpha alpha() {
    return switch (alphaEnd) {
      case "folded" -> Alpha.FOLDED;
      case "header" -> Alpha.HEADER;
      default -> Alpha.TENSOR;
    };
  }

  String downKey(final Module module) {
    return module.name + "." + downEnd;
  }

  String upKey(final Module module) {
    return module.name + "." + upEnd;
  }

  String alphaKey(final Module module) {
    return module.name + "." + alphaEnd;
  }

  private static Map<String, FileStyle> load() {
    final Map<String, FileStyle> styles = new LinkedHashMap<>();
    for (final String line : Naming.lines("file-styles.txt")) {
      final FileStyle style = new FileStyle(line.split("\\s+"));
      styles.put(style.name, style);
    }
    return styles;
  }
}
