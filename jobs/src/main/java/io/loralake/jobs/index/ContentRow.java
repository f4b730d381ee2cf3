package io.loralake.jobs.index;

import io.loralake.adapter.AdapterMetadata;
import io.loralake.adapter.ReadReport;
import io.loralake.encoder.SketchedAdapter;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import scala.collection.JavaConverters;

/** Writes what was learned from a file as {@code CatalogColumns.CONTENT}. */
final class ContentRow {
  private final String model;
  private final LayerTable table;

  ContentRow(final String model, final LayerTable table) {
    this.model = model;
    this.table = table;
  }

  Row of(
      final long size,
      final ReadReport report,
      final SketchedAdapter sketched,
      final AdapterMetadata metadata) {
    return RowFactory.create(
        sketched.id(),
        size,
        report.naming(),
        metadata.baseDeclared(),
        model,
        report.ranks().keySet().toArray(Integer[]::new),
        report.layersUsed(),
        report.layersInModel(),
        report.textEncoderLayers(),
        map(report.ignored()),
        sketched.strength(),
        map(strengthByGroup(sketched.norms())),
        sketched.norms(),
        metadata.title(),
        metadata.trainer(),
        metadata.creator(),
        metadata.licence(),
        map(metadata.permissions()),
        metadata.nsfwLevel(),
        metadata.resolution(),
        metadata.triggerWords().toArray(String[]::new),
        metadata.captions().toArray(String[]::new),
        metadata.tags().toArray(String[]::new),
        map(metadata.tagFrequencies()),
        sketched.sketch().probeSetId(),
        sketched.sketch().halves(),
        sketched.sketch().rms());
  }

  /** Frobenius norm of all updates of each layer type that the adapter changes. */
  private Map<String, Float> strengthByGroup(final float[] norms) {
    final Map<String, Double> squares = new TreeMap<>();
    for (int i = 0; i < norms.length; i++) {
      if (norms[i] > 0) {
        final Layer layer = table.layers().get(i);
        squares.merge(layer.group(), (double) norms[i] * norms[i], Double::sum);
      }
    }
    final Map<String, Float> strength = new TreeMap<>();
    squares.forEach((group, square) -> strength.put(group, (float) Math.sqrt(square)));
    return strength;
  }

  private static <V> scala.collection.Map<String, V> map(final Map<String, V> map) {
    return JavaConverters.mapAsScalaMap(map);
  }
}
