package io.loralake.adapter;

import static io.loralake.rejection.Reason.AMBIGUOUS_LAYER;
import static io.loralake.rejection.Reason.MISSING_PAIR;
import static io.loralake.rejection.Reason.NOT_AN_ADAPTER;
import static io.loralake.rejection.Reason.RANK_MISMATCH;
import static io.loralake.rejection.Reason.SHAPE_MISMATCH;
import static io.loralake.rejection.Reason.TEXT_ENCODER_ONLY;
import static io.loralake.rejection.Reason.UNKNOWN_LAYER;
import static io.loralake.rejection.Reason.UNSUPPORTED_ADAPTER_BIAS;
import static io.loralake.rejection.Reason.UNSUPPORTED_ADAPTER_CONTROL;
import static io.loralake.rejection.Reason.UNSUPPORTED_ADAPTER_DIFF;
import static io.loralake.rejection.Reason.UNSUPPORTED_DTYPE;
import static io.loralake.rejection.Reason.WRONG_BASE_MODEL;

import io.loralake.adapter.AdapterLayout.MustBeZero;
import io.loralake.adapter.Naming.Component;
import io.loralake.adapter.Naming.Match;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.Header;
import io.loralake.safetensors.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Turns a checked safetensors header into an {@link AdapterLayout}, or says why it cannot. */
public final class LayoutParser {
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  /** As many as FLUX.1's widest layer has weights, 3072 x 21504: no rank of use needs more. */
  private static final long MOST_NUMBERS = 3072L * 21504;

  private final String file;
  private final LayerTable table;
  private final PeftScaling scaling;
  private final int tensors;

  private final Map<String, Module> modules = new LinkedHashMap<>();
  private final List<MustBeZero> mustBeZero = new ArrayList<>();
  private final SortedMap<String, Integer> ignored = new TreeMap<>();
  private final SortedMap<String, Integer> namings = new TreeMap<>();
  private final List<Pair> pairs = new ArrayList<>();
  private boolean hasNormScales;
  private RejectedException replacement;

  /** The tensors that share a module name. */
  private static final class Module {
    private TensorInfo down;
    private TensorInfo up;
    private TensorInfo alpha;
    private int keys;
  }

  private LayoutParser(final String file, final Header header, final LayerTable table) {
    this.file = file;
    this.table = table;
    this.scaling = PeftScaling.of(file, header.metadata());
    this.tensors = header.tensors().size();
    header.tensors().values().forEach(this::sort);
  }

  /**
   * @param file what messages call the file
   * @param table the layers that an adapter may change
   * @throws RejectedException with the first reason that makes the file unusable
   */
  public static AdapterLayout parse(
      final String file, final Header header, final LayerTable table) {
    return new LayoutParser(file, header, table).layout();
  }

  private void sort(final TensorInfo tensor) {
    final Role.Key key = Role.of(tensor.name());
    if (key.role().reason() != null) {
      throw reject(key.role().reason(), "tensor '" + tensor.name() + "' is not a low-rank factor");
    }
    switch (key.role()) {
      case DOWN, UP, ALPHA -> {
        final Module module = modules.computeIfAbsent(key.module(), name -> new Module());
        module.keys++;
        switch (key.role()) {
          case DOWN -> module.down = only(module.down, tensor);
          case UP -> module.up = only(module.up, tensor);
          default -> module.alpha = only(module.alpha, tensor);
        }
      }
      case BIAS -> keepIfZero(tensor, UNSUPPORTED_ADAPTER_BIAS);
      case DIFF -> keepIfZero(tensor, UNSUPPORTED_ADAPTER_DIFF);
      case NORM_SCALE -> {
        hasNormScales = true;
        ignore(tensor.name(), 1);
      }
      case WEIGHT -> ignoreUnlessLayers(key.module(), tensor, UNSUPPORTED_ADAPTER_DIFF);
      case MODEL_BIAS -> ignoreUnlessLayers(key.module(), tensor, UNSUPPORTED_ADAPTER_BIAS);
      default -> ignore(tensor.name(), 1);
    }
  }

  /** Refused later, if the file is an adapter at all. */
  private void ignoreUnlessLayers(
      final String module, final TensorInfo tensor, final Reason reason) {
    final boolean inModel =
        Naming.resolve(module)
            .filter(match -> match.naming().component() == Component.TRANSFORMER)
            .isPresent();
    if (inModel && replacement == null) {
      replacement =
          reject(reason, "tensor '" + tensor.name() + "' takes the place of the model's own");
    }
    ignore(tensor.name(), 1);
  }

  private TensorInfo only(final TensorInfo present, final TensorInfo tensor) {
    if (present != null) {
      throw reject(
          AMBIGUOUS_LAYER, "'" + present.name() + "' and '" + tensor.name() + "' say the same");
    }
    return tensor;
  }

  private void keepIfZero(final TensorInfo tensor, final Reason reason) {
    mustBeZero.add(
        new MustBeZero(tensor, reject(reason, "tensor '" + tensor.name() + "' is not zero")));
  }

  private AdapterLayout layout() {
    if (modules.values().stream().allMatch(module -> module.down == null && module.up == null)) {
      throw mustBeZero.isEmpty()
          ? reject(NOT_AN_ADAPTER, "none of its " + tensors + " tensors is a low-rank factor")
          : reject(UNSUPPORTED_ADAPTER_DIFF, "it has full differences of weights, no factors");
    }
    final Map<String, Match> matches = resolve();
    rejectControl(matches);
    rejectFlux2(matches);
    if (replacement != null) {
      throw replacement;
    }
    matches.forEach((name, match) -> addPair(name, modules.get(name), match));
    rejectUnused();
    final Overlaps settled = Overlaps.settle(file, pairs);
    mustBeZero.addAll(settled.untrained());
    return new AdapterLayout(settled.pairs(), mustBeZero, report(settled.pairs()));
  }

  private Map<String, Match> resolve() {
    final Map<String, Match> matches = new LinkedHashMap<>();
    final List<String> unknown = new ArrayList<>();
    modules.forEach(
        (name, module) ->
            Naming.resolve(name)
                .ifPresentOrElse(match -> matches.put(name, match), () -> unknown.add(name)));
    final Optional<String> otherBase = OtherBases.find(unknown);
    if (otherBase.isPresent()) {
      throw reject(
          WRONG_BASE_MODEL,
          "made for " + otherBase.get() + ", as module '" + unknown.get(0) + "' shows");
    }
    unknown.forEach(name -> ignore(name, modules.get(name).keys));
    return matches;
  }

  /** Structure control: the image input is a multiple of its width, or norms are replaced. */
  private void rejectControl(final Map<String, Match> matches) {
    if (hasNormScales) {
      throw reject(UNSUPPORTED_ADAPTER_CONTROL, "it replaces query and key norm scales");
    }
    matches.forEach(
        (name, match) -> {
          final TensorInfo down = modules.get(name).down;
          if (match.layer().equals("img_in") && down != null && down.shape().length >= 2) {
            final long inputs = down.shape()[1];
            final int inDim = table.find("img_in").orElseThrow().inDim();
            if (inputs > inDim && inputs % inDim == 0) {
              throw reject(
                  UNSUPPORTED_ADAPTER_CONTROL,
                  "its image input has " + inputs + " channels, the model's has " + inDim);
            }
          }
        });
  }

  private void rejectFlux2(final Map<String, Match> matches) {
    matches.forEach(
        (name, match) -> {
          final Module module = modules.get(name);
          if (module.down != null
              && module.up != null
              && OtherBases.isFlux2(match, table, module.down.shape(), module.up.shape())) {
            throw reject(
                WRONG_BASE_MODEL, "made for FLUX.2, as the widths of module '" + name + "' show");
          }
        });
  }

  private void addPair(final String name, final Module module, final Match match) {
    if (module.down == null && module.up == null) {
      ignore(name + ".alpha", module.keys);
      return;
    }
    if (module.down == null || module.up == null) {
      final TensorInfo present = module.down == null ? module.up : module.down;
      throw reject(MISSING_PAIR, "'" + present.name() + "' has no counterpart");
    }
    final long[] a = matrix(module.down);
    final long[] b = matrix(module.up);
    checkRank(module, a, b);
    final boolean inBase = match.naming().component() == Component.TRANSFORMER;
    final Optional<Layer> found =
        inBase
            ? table.find(match.layer())
            : Optional.of(new Layer(match.layer(), (int) a[1], (int) b[0], match.naming().name()));
    if (found.isEmpty()) {
      if (match.layer().contains("_blocks.")) {
        throw reject(
            UNKNOWN_LAYER, "module '" + name + "': the model has no layer " + match.layer());
      }
      ignore(name, module.keys);
      return;
    }
    final Layer layer = found.get();
    final int[] rows = match.part().rows(layer);
    if (a[1] != layer.inDim() || b[0] != rows[1]) {
      throw reject(
          SHAPE_MISMATCH,
          "module '%s' is %d -> %d, layer %s takes %d -> %d"
              .formatted(name, a[1], b[0], layer.name(), layer.inDim(), rows[1]));
    }
    final int rank = (int) a[0];
    pairs.add(
        new Pair(
            name,
            layer,
            inBase,
            rows[0],
            rows[1],
            match.part() == Naming.Part.SWAPPED,
            module.down,
            module.up,
            scalar(module.alpha),
            scaling.alpha(name, rank).orElse(rank)));
    namings.merge(match.naming().name(), module.keys, Integer::sum);
  }

  /** A factor's two dimensions; a 1x1 convolution's trailing ones do not count. */
  private long[] matrix(final TensorInfo factor) {
    if (!factor.dtype().isFloat()) {
      throw reject(
          UNSUPPORTED_DTYPE, "factor '" + factor.name() + "' is stored as " + factor.dtype());
    }
    final long[] shape = factor.shape();
    if (shape.length < 2 || Arrays.stream(shape).skip(2).anyMatch(dimension -> dimension != 1)) {
      throw reject(
          SHAPE_MISMATCH, "factor '" + factor.name() + "' is no matrix: " + factor.describe());
    }
    if (factor.elements() > MOST_NUMBERS) {
      throw reject(
          SHAPE_MISMATCH,
          "factor '%s' has more than %d numbers: %s"
              .formatted(factor.name(), MOST_NUMBERS, factor.describe()));
    }
    return shape;
  }

  private void checkRank(final Module module, final long[] a, final long[] b) {
    if (a[0] != b[1] || a[0] == 0) {
      throw reject(
          RANK_MISMATCH,
          "'%s' has rank %d, '%s' has rank %d"
              .formatted(module.down.name(), a[0], module.up.name(), b[1]));
    }
    if (a[0] > Math.max(a[1], b[0])) {
      throw reject(
          RANK_MISMATCH,
          "'%s' has rank %d, more than both widths of its layer"
              .formatted(module.down.name(), a[0]));
    }
  }

  private TensorInfo scalar(final TensorInfo alpha) {
    if (alpha != null && alpha.elements() != 1) {
      throw reject(SHAPE_MISMATCH, "'" + alpha.name() + "' is no scalar: " + alpha.describe());
    }
    if (alpha != null && !alpha.dtype().isScalar()) {
      throw reject(UNSUPPORTED_DTYPE, "'" + alpha.name() + "' is stored as " + alpha.dtype());
    }
    return alpha;
  }

  private void rejectUnused() {
    if (pairs.stream().anyMatch(Pair::inBase)) {
      return;
    }
    if (!pairs.isEmpty()) {
      throw reject(TEXT_ENCODER_ONLY, "it changes text encoders only, never the transformer");
    }
    throw reject(UNKNOWN_LAYER, "none of its modules is in the model; it has " + ignored.keySet());
  }

  private ReadReport report(final List<Pair> used) {
    final SortedMap<Integer, Integer> ranks = new TreeMap<>();
    used.stream().filter(Pair::inBase).forEach(pair -> ranks.merge(pair.rank(), 1, Integer::sum));
    return new ReadReport(
        mainNaming(),
        namings,
        (int) layers(used, true),
        table.size(),
        (int) layers(used, false),
        ranks,
        ignored,
        tensors);
  }

  private String mainNaming() {
    final Map<String, Integer> votes = new TreeMap<>(namings);
    Naming.ALL.stream()
        .filter(naming -> naming.component() != Component.TRANSFORMER)
        .forEach(naming -> votes.remove(naming.name()));
    return votes.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }

  private static long layers(final List<Pair> used, final boolean inBase) {
    return used.stream()
        .filter(pair -> pair.inBase() == inBase)
        .map(pair -> pair.layer().name())
        .distinct()
        .count();
  }

  private void ignore(final String key, final int keys) {
    ignored.merge(NUMBER.matcher(key).replaceAll("#"), keys, Integer::sum);
  }

  private RejectedException reject(final Reason reason, final String message) {
    return new RejectedException(reason, file + ": " + message);
  }
}
