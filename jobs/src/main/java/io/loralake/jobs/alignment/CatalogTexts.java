package io.loralake.jobs.alignment;

import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.TextSide;
import io.loralake.jobs.catalog.Catalog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  public Map<String, float[]> directions(final TextSide side) {
    final List<Captions> captions = Captions.united(source.read(Optional.empty()).captions());
    final Map<String, float[]> texts =
        vectors.of(captions.stream().flatMap(it -> it.texts().stream()).toList());
    final List<String> words = List.copyOf(texts.keySet());
    final float[][] embedded = side.embed(words.stream().map(texts::get).toArray(float[][]::new));
    final Map<String, float[]> known = new HashMap<>();
    for (int i = 0; i < embedded.length; i++) {
      known.put(words.get(i), embedded[i]);
    }
    final Map<String, float[]> directions = new HashMap<>();
    for (final Captions update : captions) {
      directions.put(update.family(), TrainingAdapter.mean(update.vectors(known)));
    }
    return directions;
  }
}
