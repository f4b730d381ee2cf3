package io.loralake.jobs.adapters;

import io.loralake.diffusion.ModelFolder;
import io.loralake.jobs.catalog.AdapterNames;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;

/** The rows of a {@link Specification} by what their pictures show, all of one size. */
public final class Concepts {
  private final FileStore store;
  private final String root;
  private final List<AdapterSpec> rows;
  private final List<List<AdapterSpec>> all;
  private final Map<String, Set<String>> families;
  private final List<String> refused;

  private Concepts(
      final FileStore store,
      final String root,
      final List<AdapterSpec> rows,
      final Map<String, Set<String>> families,
      final List<String> refused) {
    this.store = store;
    this.root = root;
    this.rows = rows;
    this.families = families;
    this.refused = refused;
    this.all = List.copyOf(ofOneSize().values());
  }

  /**
   * Reads a specification.
   *
   * @param catalog that has the adapters: a row's name is one of those that {@link AdapterNames}
   *     knows
   * @param base says the size of pictures where rows do not
   * @throws IllegalArgumentException when no row can be used
   * @throws io.loralake.rejection.RejectedException when the base does not paint in that size
   */
  public static Concepts read(
      final SparkSession spark,
      final Catalog catalog,
      final String specification,
      final ModelFolder base)
      throws IOException {
    final FileStore store = new FileStore(spark.sparkContext().hadoopConfiguration());
    final Specification read = Specification.ofCatalog(spark, specification);
    final List<String> refused = new ArrayList<>();
    read.bad().forEach(row -> refused.add(row.message()));
    final List<AdapterSpec> rows =
        read.good().stream()
            .map(row -> row.sized(base.sampling().width(), base.sampling().height()))
            .toList();
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          "%s has no row that can be used%s"
              .formatted(specification, refused.isEmpty() ? "" : ": " + refused.get(0)));
    }
    rows.get(0).requireMultiplesOf(base.granularity());
    return new Concepts(
        store, Listed.folder(store.qualify(specification)), rows, families(catalog, rows), refused);
  }

  private static Map<String, Set<String>> families(
      final Catalog catalog, final List<AdapterSpec> rows) {
    final Map<String, Set<String>> families = new HashMap<>();
    new AdapterNames(catalog.living())
        .find(rows.stream().map(AdapterSpec::name).toList())
        .collectAsList()
        .forEach(
            row ->
                families
                    .computeIfAbsent(row.getString(0), name -> new HashSet<>())
                    .add(row.getString(2)));
    return families;
  }

  /** Rows of the first one's size, by their pictures. */
  private Map<String, List<AdapterSpec>> ofOneSize() {
    final Map<String, List<AdapterSpec>> concepts = new LinkedHashMap<>();
    for (final AdapterSpec row : rows) {
      if (row.width() == width() && row.height() == height()) {
        concepts
            .computeIfAbsent(row.pictures() + " " + row.select(), key -> new ArrayList<>())
            .add(row);
      } else {
        refused.add(
            "%s: its pictures are %dx%d, those of the first row are %dx%d: all must be of one size"
                .formatted(row.name(), row.width(), row.height(), width(), height()));
      }
    }
    return concepts;
  }

  /** Rows of one size; those with the same pictures are one concept. */
  public List<List<AdapterSpec>> all() {
    return all;
  }

  /** All rows that can be used, of any size. */
  public List<AdapterSpec> rows() {
    return rows;
  }

  /** Width of pictures in pixels. */
  public int width() {
    return rows.get(0).width();
  }

  /** Height of pictures in pixels. */
  public int height() {
    return rows.get(0).height();
  }

  /** Where a row's pictures are. */
  public PictureSource pictures(final AdapterSpec row) {
    return new PictureSource(store, row, root);
  }

  /** What the adapters that go by a row's name hold: families of equal updates. */
  public Set<String> families(final AdapterSpec row) {
    return families.getOrDefault(row.name(), Set.of());
  }

  /**
   * The adapters that were made from a concept's pictures, as indices, rising; none for a name that
   * different adapters have.
   */
  public int[] exact(final List<AdapterSpec> concept, final EmbeddedAdapters adapters) {
    final TreeSet<Integer> exact = new TreeSet<>();
    for (final AdapterSpec row : concept) {
      final Set<String> found = families(row);
      if (found.size() > 1) {
        refused.add(
            "%s: %d different adapters go by this name: give one's URI or id"
                .formatted(row.name(), found.size()));
      } else {
        exact.addAll(adapters.of(found));
      }
    }
    return exact.stream().mapToInt(it -> it).toArray();
  }

  /** Says that something cannot be used. */
  public void refuse(final String reason) {
    refused.add(reason);
  }

  /** What cannot be used, and why. */
  public List<String> refused() {
    return refused;
  }
}
