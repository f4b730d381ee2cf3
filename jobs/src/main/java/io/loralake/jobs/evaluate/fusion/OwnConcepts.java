package io.loralake.jobs.evaluate.fusion;

import io.loralake.diffusion.ModelFolder;
import io.loralake.jobs.adapters.AdapterSpec;
import io.loralake.jobs.adapters.Concepts;
import io.loralake.jobs.adapters.PictureSource;
import io.loralake.jobs.alignment.CaptionSource;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.rejection.RejectedException;
import io.loralake.training.TrainingPicture;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;

/**
 * Concepts of any zoo: pictures, and the adapters that are for what they show.
 *
 * @param exact ids of these adapters, by concept
 */
record OwnConcepts(Map<String, Set<String>> exact) implements Roles {
  private static final String LEFT_OUT = "left out: ";

  /**
   * Reads a specification.
   *
   * @param console is told what is left out
   * @throws IllegalArgumentException when nothing is left
   */
  static FusionConcepts read(
      final SparkSession spark,
      final Catalog lake,
      final EmbeddedAdapters adapters,
      final FusionComparisonOptions fusion,
      final ModelFolder base,
      final Consumer<String> console)
      throws IOException {
    final Concepts concepts = Concepts.read(spark, lake, fusion.specification, base);
    final Set<String> heldOut =
        fusion.holdOut == null ? null : new CaptionSource(spark, lake).families(fusion.holdOut);
    final Map<String, FusionConcepts.Pictures> pictures = new TreeMap<>();
    final Map<String, Set<String>> exact = new HashMap<>();
    for (final List<AdapterSpec> concept : concepts.all()) {
      final String name = concept.get(0).name();
      final List<EmbeddedAdapters.Entry> own =
          IntStream.of(concepts.exact(concept, adapters))
              .mapToObj(adapters.adapters()::get)
              .toList();
      if (own.isEmpty()) {
        if (concept.stream().allMatch(row -> concepts.families(row).size() < 2)) { // else told
          concepts.refuse(name + ": its adapter is not in the catalog");
        }
      } else if (heldOut == null || own.stream().anyMatch(it -> heldOut.contains(it.family()))) {
        exact.put(name, own.stream().map(EmbeddedAdapters.Entry::id).collect(Collectors.toSet()));
        pictures.put(name, () -> pictures(concepts.pictures(concept.get(0)), console));
      }
    }
    concepts.refused().forEach(reason -> console.accept(LEFT_OUT + reason));
    if (pictures.isEmpty()) {
      throw new IllegalArgumentException(
          fusion.specification
              + " has no row with an adapter of the catalog"
              + (fusion.holdOut == null ? "" : " that " + fusion.holdOut + " names"));
    }
    return new FusionConcepts(
        pictures, concepts.width(), concepts.height(), new OwnConcepts(exact));
  }

  private static List<TrainingPicture> pictures(
      final PictureSource source, final Consumer<String> console) throws IOException {
    try {
      return source.read();
    } catch (final RejectedException e) {
      console.accept(LEFT_OUT + e.getMessage());
      return List.of();
    } finally {
      source.bad().forEach(bad -> console.accept(LEFT_OUT + bad.message()));
    }
  }

  @Override
  public String of(final EmbeddedAdapters.Entry adapter, final String concept) {
    return exact.get(concept).contains(adapter.id()) ? EXACT : DISTRACTOR;
  }

  @Override
  public boolean isTypical(final EmbeddedAdapters.Entry adapter) {
    return true;
  }

  @Override
  public String lack(final String concept, final String role) {
    return "no adapter beside those of " + concept;
  }

  @Override
  public boolean knowsStyles() {
    return false;
  }
}
