package io.loralake.jobs.evaluate.fusion;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.evaluate.EvaluateOptions;
import io.loralake.jobs.evaluate.Splits;
import io.loralake.jobs.evaluate.Truth;
import io.loralake.jobs.evaluate.TruthAdapter;
import io.loralake.lab.LabPicture;
import io.loralake.lab.PictureShards;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;

/** Concepts of the lab: its combinations of style and subject, named {@code style/subject}. */
record TruthConcepts(Truth truth, Map<String, List<LabPicture>> kept) implements Roles {
  /**
   * Reads the kept pictures of a split's combinations.
   *
   * @param console is told what is left out
   * @throws IllegalArgumentException when there is no such split, or nothing is left
   */
  static TruthConcepts read(
      final SparkSession spark,
      final Catalog lake,
      final EvaluateOptions options,
      final FusionComparisonOptions fusion,
      final Consumer<String> console)
      throws IOException {
    final Splits splits = Splits.read(options.splits());
    final Set<String> combinations = splits.heldOut().get(fusion.split);
    if (combinations == null) {
      throw new IllegalArgumentException(
          "--split is %s, allowed are %s".formatted(fusion.split, splits.heldOut().keySet()));
    }
    final Truth truth = Truth.read(spark, lake.living(), options.truth());
    truth
        .unknown()
        .forEach(file -> console.accept("left out, the catalog has no such file: " + file));
    final Map<String, List<LabPicture>> kept = kept(fusion.pictures, combinations);
    combinations.stream()
        .filter(combination -> !kept.containsKey(combination))
        .forEach(combination -> console.accept("left out, no kept picture: " + combination));
    if (kept.isEmpty()) {
      throw new IllegalArgumentException(
          "No combination of split %s has a kept picture in %s"
              .formatted(fusion.split, fusion.pictures));
    }
    return new TruthConcepts(truth, kept);
  }

  private static Map<String, List<LabPicture>> kept(
      final Path pictures, final Set<String> combinations) throws IOException {
    final Map<String, List<LabPicture>> kept = new TreeMap<>();
    for (final LabPicture picture : PictureShards.readAll(pictures)) {
      final String combination = picture.facts().style() + "/" + picture.facts().subject();
      if (picture.facts().kept() && combinations.contains(combination)) {
        kept.computeIfAbsent(combination, key -> new ArrayList<>()).add(picture);
      }
    }
    return kept;
  }

  FusionConcepts concepts() {
    final Map<String, FusionConcepts.Pictures> pictures = new TreeMap<>();
    kept.forEach(
        (combination, of) ->
            pictures.put(
                combination, () -> of.stream().map(LabPicture::toTrainingPicture).toList()));
    return new FusionConcepts(pictures, LabPicture.SIDE, LabPicture.SIDE, this);
  }

  @Override
  public String of(final EmbeddedAdapters.Entry adapter, final String concept) {
    final TruthAdapter it = truth.byFamily().get(adapter.family());
    if (it == null) {
      return DISTRACTOR;
    }
    final boolean style = concept.startsWith(it.style() + "/");
    final boolean subject = concept.endsWith("/" + it.subject());
    return style && subject ? EXACT : style ? STYLE : subject ? SUBJECT : DISTRACTOR;
  }

  /** Known, and on all layers. */
  @Override
  public boolean isTypical(final EmbeddedAdapters.Entry adapter) {
    final TruthAdapter it = truth.byFamily().get(adapter.family());
    return it != null && it.isFull();
  }

  @Override
  public String lack(final String concept, final String role) {
    return "no complete adapter that the truth table tells of and that has "
        + switch (role) {
          case EXACT -> "style and subject of " + concept;
          case STYLE -> "the style of " + concept + " with another subject";
          case SUBJECT -> "the subject of " + concept + " in another style";
          default -> "neither style nor subject of " + concept;
        };
  }

  @Override
  public boolean knowsStyles() {
    return true;
  }
}
