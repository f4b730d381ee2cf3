package io.loralake.jobs.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.diffusion.PictureRequest;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.FusionSample;
import io.loralake.fusion.Strategy;
import io.loralake.lab.PictureClassifier;
import io.loralake.lab.Style;
import io.loralake.lab.Subject;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Paints the same prompts and seeds under each way of fusing, and asks a classifier what it sees.
 */
final class FusionPaintings {
  private static final int SIDE = 64;

  /** Combinations on a sheet. */
  private static final int SHOWN = 12;

  private final HeldOutSamples held;
  private final PictureClassifier classifier;
  private final SamplingDefaults sampling;
  private final int each;
  private final Map<CellKey, Cell> cells = new HashMap<>();

  /**
   * @param each pictures of a combination
   */
  FusionPaintings(
      final HeldOutSamples held,
      final PictureClassifier classifier,
      final SamplingDefaults sampling,
      final int each) {
    this.held = held;
    this.classifier = classifier;
    this.sampling = sampling;
    this.each = each;
  }

  /**
   * What a cell was painted with; without adapters, and with the exact one, that is so in every
   * set.
   */
  private record CellKey(String combination, String set, String way) {}

  /** A combination's pictures under one way. */
  private record Cell(BufferedImage first, Hits hits) {}

  /**
   * What was painted.
   *
   * @param name of the set
   * @param hits how often the classifier saw what was asked for, by way
   * @param sheet the first picture of some combinations under each way
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
    ways.put(FusionSets.EXACT, Strategy.SUM);
    ways.putAll(fused);
    final Map<String, Hits> hits = new LinkedHashMap<>();
    final Map<String, List<BufferedImage>> first = new LinkedHashMap<>();
    final List<String> prompts = new ArrayList<>();
    ways.keySet().forEach(way -> first.put(way, new ArrayList<>()));
    for (final String combination : held.byCombination().keySet()) {
      prompts.add(held.byCombination().get(combination).texts().get(0));
      for (final Map.Entry<String, Strategy> way : ways.entrySet()) {
        final Cell cell = cell(combination, set, exact, way);
        first.get(way.getKey()).add(cell.first());
        hits.merge(way.getKey(), cell.hits(), Hits::plus);
      }
    }
    return new Painted(set.name(), hits, sheet(first, prompts));
  }

  private Cell cell(
      final String combination,
      final FusionSet set,
      final FusionSet exact,
      final Map.Entry<String, Strategy> way)
      throws IOException {
    final boolean alone = way.getKey().equals(FusionSets.EXACT);
    final FusionSet adapters = way.getValue() == null ? null : alone ? exact : set;
    final CellKey key =
        new CellKey(combination, adapters == null ? "" : adapters.name(), way.getKey());
    Cell cell = cells.get(key);
    if (cell == null) {
      cell = paint(combination, adapters, way.getValue());
      cells.put(key, cell);
    }
    return cell;
  }

  /** Paints a combination's pictures and judges them. */
  private Cell paint(final String combination, final FusionSet set, final Strategy strategy)
      throws IOException {
    Hits hits = Hits.NONE;
    final List<PictureRequest> requests =
        IntStream.range(0, each).mapToObj(i -> held.request(combination, i, sampling)).toList();
    try (NDManager work = held.base().manager().newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final Fusion fusion = fusion(work, combination, set, strategy);
      final NDArray pictures =
          held.base().pipeline().generate(work, requests, fusion, (step, steps) -> {}).clip(-1, 1);
      final PictureClassifier.Verdict verdict = classifier.judge(pictures);
      final List<Style> styles = verdict.styles();
      final List<Subject> subjects = verdict.subjects();
      for (int i = 0; i < each; i++) {
        hits =
            hits.and(
                combination.startsWith(styles.get(i).id() + "/"),
                combination.endsWith("/" + subjects.get(i).id()));
      }
      return new Cell(Pictures.of(pictures.get(0)), hits);
    }
  }

  private Fusion fusion(
      final NDManager work, final String combination, final FusionSet set, final Strategy strategy)
      throws IOException {
    if (set == null) {
      return Fusion.NONE;
    }
    final List<FusionSample> samples = held.fusionSamples(combination, set, true).subList(0, each);
    return AdapterFusion.of(work, samples, strategy);
  }

  private static BufferedImage sheet(
      final Map<String, List<BufferedImage>> first, final List<String> prompts) {
    final int rows = Math.min(SHOWN, prompts.size());
    final ContactSheet sheet = new ContactSheet(1 + first.size(), SIDE, 3);
    for (int row = 0; row < rows; row++) {
      final int at = row * prompts.size() / rows;
      sheet.skip(prompts.get(at));
      for (final Map.Entry<String, List<BufferedImage>> way : first.entrySet()) {
        sheet.add(way.getValue().get(at), way.getKey());
      }
    }
    return sheet.draw();
  }
}
