package io.loralake.jobs.alignment;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.jobs.catalog.Catalog;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.SparkSession;

/** What the catalog's own words say of its adapters, as directions in an encoder's space. */
public final class CatalogTexts {
  private final CaptionSource source;
  private final TextVectors vectors;

  /**
   * @param textEncoder as {@link io.loralake.jobs.runtime.SentenceEncoders#get} takes it
   */
  public CatalogTexts(final SparkSession spark, final Catalog catalog, final String textEncoder) {
    this.source = new CaptionSource(spark, catalog);
    this.vectors = new TextVectors(spark, catalog, textEncoder);
  }

  /**
   * By family, for families of which the catalog has words, whichever copy has them: the mean of
   * their directions.
   */
  public Map<String, float[]> directions(final AdapterEncoder encoder) {
    final Map<String, Set<String>> words = new HashMap<>();
    for (final Captions adapter : source.read(Optional.empty()).captions()) {
      words
          .computeIfAbsent(adapter.family(), family -> new LinkedHashSet<>())
          .addAll(adapter.texts());
    }
    final Map<String, float[]> texts =
        vectors.of(words.values().stream().flatMap(Set::stream).toList());
    final Map<String, float[]> directions = new HashMap<>();
    words.forEach(
        (family, own) ->
            directions.put(
                family,
                mean(encoder.embedTexts(own.stream().map(texts::get).toArray(float[][]::new)))));
    return directions;
  }

  private static float[] mean(final float[][] all) {
    final float[] mean = new float[all[0].length];
    for (final float[] one : all) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += one[i] / all.length;
      }
    }
    return mean;
  }
}
