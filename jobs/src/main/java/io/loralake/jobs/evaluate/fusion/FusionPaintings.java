package io.loralake.jobs.evaluate.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.diffusion.PictureRequest;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.FusionSample;
import io.loralake.fusion.Strategy;
import io.loralake.jobs.evaluate.Table;
import io.loralake.lab.PictureClassifier;
import io.loralake.model.Fusion;
import io.loralake.output.ContactSheet;
import io.loralake.output.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Paints the same prompts and seeds under each way of fusing; a classifier says what it sees. */
final class FusionPaintings {
  /** Of pictures on a sheet. */
  private static final int MIN_SIDE = 64;

  private static final int MAX_SIDE = 192;

  /** Concepts on a sheet. */
  private static final int SHOWN = 12;

  private final HeldOutSamples held;
  private final Optional<PictureClassifier> classifier;
  private final SamplingDefaults sampling;
  private final int each;
  private final Map<CellKey, Cell> cells = new HashMap<>();

  /**
   * @param classifier empty: nobody judges
   * @param each pictures of a concept
   */
  FusionPaintings(
      final HeldOutSamples held,
      final Optional<PictureClassifier> classifier,
      final SamplingDefaults sampling,
      final int each) {
    this.held = held;
    this.classifier = classifier;
    this.sampling = sampling;
    this.each = each;
  }

  /** What a cell was painted with: sets may have the same, and it is painted once. */
  private record CellKey(String concept, List<Integer> adapters, String way) {}

  /** A concept's pictures under one way. */
  private record Cell(BufferedImage first, Hits hits) {}

  /**
   * What was painted.
   *
   * @param name of the set
   * @param hits how often the classifier saw what was asked for, by way
   * @param sheet the first picture of some concepts under each way
   */
  record Painted(String name, Map<String, Hits> hits, BufferedImage sheet) {
    Table table() {
      return new Table(
          "painted: " + name,
          List.of("strategy", "style right", "subject right", "both", "pictures"),
          hits.entrySet().stream()
              .map(
                  way ->
                      Stream.concat(Stream.of(way.getKey()), way.getValue().told().stream())
                          .toList())
              .toList());
    }
  }

  /**
   * Paints a set, beside the base alone and the exact adapter alone.
   *
   * @param fused ways by the name of their rows
   */
  Painted paint(final FusionSet set, final Map<String, Strategy> fused, final FusionSet exact)
      throws IOException {
    final Map<String, Strategy> ways = new LinkedHashMap<>();
    ways.put(FusionEvaluation.BASE, null);
    ways.put(Roles.EXACT, Strategy.SUM);
    ways.putAll(fused);
    final Map<String, Hits> hits = new LinkedHashMap<>();
    final Map<String, List<BufferedImage>> first = new LinkedHashMap<>();
    final List<String> prompts = new ArrayList<>();
    ways.keySet().forEach(way -> first.put(way, new ArrayList<>()));
    for (final String concept : held.byConcept().keySet()) {
      prompts.add(held.byConcept().get(concept).texts().get(0));
      for (final Map.Entry<String, Strategy> way : ways.entrySet()) {
        final Cell cell = cell(concept, set, exact, way);
        first.get(way.getKey()).add(cell.first());
        hits.merge(way.getKey(), cell.hits(), Hits::plus);
      }
    }
    return new Painted(set.name(), hits, sheet(first, prompts));
  }

  private Cell cell(
      final String concept,
      final FusionSet set,
      final FusionSet exact,
      final Map.Entry<String, Strategy> way)
      throws IOException {
    final boolean alone = way.getKey().equals(Roles.EXACT);
    final FusionSet adapters = way.getValue() == null ? null : alone ? exact : set;
    final List<Integer> fused = adapters == null ? List.of() : adapters.adapters().get(concept);
    final CellKey key =
        new CellKey(
            concept, way.getValue() == Strategy.SINGLE ? fused.subList(0, 1) : fused, way.getKey());
    Cell cell = cells.get(key);
    if (cell == null) {
      cell = paint(concept, adapters, way.getValue());
      cells.put(key, cell);
    }
    return cell;
  }

  /** Paints a concept's pictures and judges them. */
  private Cell paint(final String concept, final FusionSet set, final Strategy strategy)
      throws IOException {
    final List<PictureRequest> requests =
        IntStream.range(0, each).mapToObj(i -> held.request(concept, i, sampling)).toList();
    try (NDManager work = held.base().manager().newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final Fusion fusion = fusion(work, concept, set, strategy);
      final NDArray pictures =
          held.base().pipeline().generate(work, requests, fusion, (step, steps) -> {}).clip(-1, 1);
      return new Cell(
          Pictures.of(pictures.get(0)),
          classifier.map(it -> hits(it.judge(pictures), concept)).orElse(Hits.NONE));
    }
  }

  private Hits hits(final PictureClassifier.Verdict verdict, final String concept) {
    Hits hits = Hits.NONE;
    for (int i = 0; i < each; i++) {
      hits =
          hits.and(
              concept.startsWith(verdict.styles().get(i).id() + "/"),
              concept.endsWith("/" + verdict.subjects().get(i).id()));
    }
    return hits;
  }

  private Fusion fusion(
      final NDManager work, final String concept, final FusionSet set, final Strategy strategy)
      throws IOException {
    if (set == null) {
      return Fusion.NONE;
    }
    final List<FusionSample> samples = held.fusionSamples(concept, set, true).subList(0, each);
    return AdapterFusion.of(work, samples, strategy);
  }

  private BufferedImage sheet(
      final Map<String, List<BufferedImage>> first, final List<String> prompts) {
    final int rows = Math.min(SHOWN, prompts.size());
    final ContactSheet sheet = new ContactSheet(1 + first.size(), side(), 3);
    for (int row = 0; row < rows; row++) {
      final int at = row * prompts.size() / rows;
      sheet.skip(prompts.get(at));
      for (final Map.Entry<String, List<BufferedImage>> way : first.entrySet()) {
        sheet.add(way.getValue().get(at), way.getKey());
      }
    }
    return sheet.draw();
  }

  private int side() {
    return Math.max(MIN_SIDE, Math.min(MAX_SIDE, held.concepts().width()));
  }
}
