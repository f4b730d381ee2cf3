package io.loralake.jobs.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.adapter.AdapterLayout;
import io.loralake.adapter.AdapterMetadata;
import io.loralake.adapter.AdapterWriter;
import io.loralake.adapter.CanonicalForm;
import io.loralake.adapter.FileStyle;
import io.loralake.adapter.LayerReader;
import io.loralake.adapter.LayoutParser;
import io.loralake.adapter.LowRank;
import io.loralake.adapter.PeftConfig;
import io.loralake.adapter.ReadReport;
import io.loralake.adapter.SingularValues;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.ModelConverter;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.Header;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.DType;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Reports on one adapter file: naming, layers used, missing and ignored, ranks, alpha, strength; or
 * the reason why it cannot be used (exit code 1).
 */
@Command(
    name = "inspect",
    description = "Says what one LoRA file is and does, or why it cannot be used.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class InspectVerb implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Parameters(paramLabel = "FILE", description = "a .safetensors file on this machine")
  private Path file;

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      defaultValue = "flux-dev",
      converter = ModelConverter.class,
      description =
          "Base model: flux-dev, flux-schnell, lab, or a JSON file with its sizes (keys of BFL or of"
              + " diffusers). Default: ${DEFAULT-VALUE}.")
  private FluxConfig model;

  @Option(names = "--json", description = "Print the report as one JSON object. Default: text.")
  private boolean json;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "Also write the adapter in canonical form (SVD of each update, alpha folded in) with"
              + " diffusers' names, which diffusers and PEFT load. Default: nothing is written.")
  private Path out;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Bounds.require(spec, Files.isRegularFile(file), "FILE", file, "an existing file");
    if (out != null) {
      Bounds.require(spec, !Files.isDirectory(out), "--out", out, "the name of a file");
      Bounds.requireApart(spec, "--out", out, "FILE", file);
    }
    final LayerTable table = LayerTable.of(model);
    final PrintWriter console = spec.commandLine().getOut();
    try {
      final ObjectNode report = report(table);
      if (json) {
        console.println(JSON.writeValueAsString(report));
      } else {
        print(JSON.valueToTree(report), console);
      }
      return 0;
    } catch (final RejectedException e) {
      final ObjectNode report = JSON.createObjectNode();
      report.put("file", file.toString());
      report.put("status", "rejected");
      report.put("reason", e.reason().name());
      report.put("message", e.getMessage());
      console.println(json ? report.toString() : e.reason() + ": " + e.getMessage() + advice(e));
      return 1;
    }
  }

  private static String advice(final RejectedException e) {
    return e.reason() == Reason.SHAPE_MISMATCH
        ? "; if it is for a base of other sizes, --model says for which"
        : "";
  }

  /** What is told of a layer. */
  private record Measured(int rank, SingularValues values) {}

  private ObjectNode report(final LayerTable table) throws IOException {
    final AdapterLayout layout;
    final Header header;
    final String id;
    final Comparator<Layer> modelOrder = Comparator.comparing(table::indexOf);
    final Map<Layer, Measured> layers = new TreeMap<>(modelOrder);
    final Map<Layer, LowRank> canonical = new TreeMap<>(modelOrder);
    try (SafetensorsFile source = PeftConfig.open(file)) {
      header = source.header();
      layout = LayoutParser.parse(file.toString(), header, table);
      id =
          new LayerReader(file.toString(), layout)
              .read(
                  source,
                  (layer, inBase, update) -> {
                    if (inBase && out == null) {
                      layers.put(layer, new Measured(update.rank(), SingularValues.of(update)));
                    } else if (inBase) {
                      final CanonicalForm form = CanonicalForm.of(update);
                      layers.put(layer, new Measured(update.rank(), form.singularValues()));
                      canonical.put(layer, form.truncate(Math.max(1, form.effectiveRank())));
                    }
                  });
    }
    requireUpdate(layers);
    if (out != null) {
      if (layout.report().textEncoderLayers() > 0) {
        spec.commandLine()
            .getErr()
            .println("inspect: " + out + " has the transformer's layers, not the text encoder's");
      }
      export(id, canonical, table);
    }
    final ReadReport counts = layout.report();
    final ObjectNode report = JSON.createObjectNode();
    report.put("file", file.toString());
    report.put("status", "usable");
    report.put("adapter_id", id);
    report.put("size", Files.size(file));
    report.put("naming", counts.naming());
    report.putPOJO("namings", counts.namings());
    report.put("layers_used", counts.layersUsed());
    report.put("layers_in_model", counts.layersInModel());
    report.put("text_encoder_layers", counts.textEncoderLayers());
    report.putPOJO("missing_layers", missing(layers.keySet(), table));
    report.putPOJO("ignored_keys", counts.ignored());
    report.putPOJO("ranks", counts.ranks());
    report.putPOJO("alpha", alpha(layout, header));
    report.put("strength", rounded(strength(layers.values())));
    report.putPOJO("strength_by_group", strengthByGroup(layers));
    report.putPOJO("metadata", metadata(AdapterMetadata.ofHeader(header.metadata())));
    if (out != null) {
      report.put("canonical_form", out.toString());
    }
    report.putPOJO("layers", described(layers));
    return report;
  }

  /** What index refuses as well: an update beyond float32, or none at all. */
  private void requireUpdate(final Map<Layer, Measured> layers) {
    layers.forEach(
        (layer, it) -> {
          final double norm = it.values().norm();
          if (!Float.isFinite((float) (norm * norm))) {
            throw RejectedException.overflow(file.toString(), layer.name());
          }
        });
    if ((float) strength(layers.values()) == 0) {
      throw RejectedException.emptyUpdate(file.toString());
    }
  }

  /** Where alpha comes from: a tensor for each pair, what describes the file, or the rank. */
  private static Map<String, Integer> alpha(final AdapterLayout layout, final Header header) {
    final String told = header.metadata().containsKey(PeftConfig.NAME) ? PeftConfig.NAME : "header";
    final Map<String, Integer> sources = new TreeMap<>();
    layout
        .pairs()
        .forEach(
            pair ->
                sources.merge(
                    pair.alpha() != null
                        ? "tensor"
                        : pair.defaultAlpha() == pair.rank() ? "rank" : told,
                    1,
                    Integer::sum));
    return sources;
  }

  /** Layers of the model that the adapter leaves alone, counted by type. */
  private static Map<String, Integer> missing(final Set<Layer> used, final LayerTable table) {
    final Map<String, Integer> missing = new TreeMap<>();
    table.layers().stream()
        .filter(layer -> !used.contains(layer))
        .forEach(layer -> missing.merge(layer.group(), 1, Integer::sum));
    return missing;
  }

  private static double strength(final Collection<Measured> layers) {
    return Math.sqrt(
        layers.stream().map(Measured::values).mapToDouble(it -> it.norm() * it.norm()).sum());
  }

  private static Map<String, Double> strengthByGroup(final Map<Layer, Measured> layers) {
    final Map<String, List<Measured>> groups = new TreeMap<>();
    layers.forEach(
        (layer, it) -> groups.computeIfAbsent(layer.group(), g -> new ArrayList<>()).add(it));
    final Map<String, Double> strengths = new TreeMap<>();
    groups.forEach((group, members) -> strengths.put(group, rounded(strength(members))));
    return strengths;
  }

  private static Map<String, Object> metadata(final AdapterMetadata metadata) {
    final Map<String, Object> map = new LinkedHashMap<>();
    map.put("title", metadata.title());
    map.put("trainer", metadata.trainer());
    map.put("base_declared", metadata.baseDeclared());
    map.put("rank_declared", metadata.rankDeclared());
    map.put("alpha_declared", metadata.alphaDeclared());
    map.put("licence", metadata.licence());
    map.put("resolution", metadata.resolution());
    map.put("trigger_words", metadata.triggerWords());
    map.put("captions", metadata.captions());
    map.put("tags", metadata.tags());
    map.put("tag_frequencies", metadata.tagFrequencies());
    map.values().removeIf(Objects::isNull);
    return map;
  }

  private static Map<String, Object> described(final Map<Layer, Measured> layers) {
    final Map<String, Object> all = new LinkedHashMap<>();
    layers.forEach(
        (layer, it) -> {
          final Map<String, Object> one = new LinkedHashMap<>();
          one.put("rank", it.rank());
          one.put("effective_rank", it.values().effectiveRank());
          one.put("norm", rounded(it.values().norm()));
          one.put("largest_singular_value", rounded(it.values().largest()));
          all.put(layer.name(), one);
        });
    return all;
  }

  private static double rounded(final double value) {
    return new BigDecimal(value).round(new MathContext(6)).doubleValue();
  }

  private void export(final String id, final Map<Layer, LowRank> updates, final LayerTable table)
      throws IOException {
    final Map<String, LowRank> layers = new LinkedHashMap<>();
    updates.forEach((layer, update) -> layers.put(layer.name(), update));
    new AdapterWriter(FileStyle.of("diffusers"), DType.F32, table)
        .write(
            out,
            layers,
            new TreeMap<>(Map.of("format", "pt", "adapter_id", id, "software", "LoraLake")));
  }

  private static void print(final JsonNode report, final PrintWriter console) {
    report
        .fields()
        .forEachRemaining(
            field -> {
              if (!field.getKey().equals("layers")) {
                console.printf(Locale.ROOT, "%-20s %s%n", field.getKey(), plain(field.getValue()));
              }
            });
  }

  /** JSON without its quotes and colons. */
  private static String plain(final JsonNode value) {
    if (value.isObject()) {
      return value.properties().stream()
          .map(field -> field.getKey() + " " + plain(field.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    return value.isArray()
        ? StreamSupport.stream(value.spliterator(), false)
            .map(InspectVerb::plain)
            .collect(Collectors.joining(", ", "[", "]"))
        : value.asText();
  }
}
