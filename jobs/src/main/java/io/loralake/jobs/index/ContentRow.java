package io.loralake.jobs.index;

import io.loralake.adapter.AdapterMetadata;
import io.loralake.adapter.ReadReport;
import io.loralake.encoder.SketchedAdapter;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import scala.Predef;
import scala.Tuple2;
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
    return row(
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

  /** The content with other metadata. */
  static Row describe(final Row content, final AdapterMetadata metadata) {
    final Object[] values = new Object[content.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = content.get(i);
    }
    final Map<String, Object> changed = new LinkedHashMap<>();
    changed.put("base_declared", metadata.baseDeclared());
    changed.put("title", metadata.title());
    changed.put("trainer", metadata.trainer());
    changed.put("creator", metadata.creator());
    changed.put("licence", metadata.licence());
    changed.put("permissions", map(metadata.permissions()));
    changed.put("nsfw_level", metadata.nsfwLevel());
    changed.put("resolution", metadata.resolution());
    changed.put("trigger_words", metadata.triggerWords().toArray(String[]::new));
    changed.put("captions", metadata.captions().toArray(String[]::new));
    changed.put("tags", metadata.tags().toArray(String[]::new));
    changed.put("tag_frequencies", map(metadata.tagFrequencies()));
    changed.forEach((column, value) -> values[CatalogColumns.CONTENT.fieldIndex(column)] = value);
    return row(values);
  }

  /** The metadata of a content; it has the real ranks, none that was declared. */
  static AdapterMetadata metadata(final Row content) {
    return new AdapterMetadata(
        content.getAs("title"),
        content.getAs("trainer"),
        content.getAs("base_declared"),
        null,
        null,
        content.getAs("creator"),
        content.getAs("licence"),
        ContentRow.<String>javaMap(content, "permissions"),
        content.getAs("nsfw_level"),
        content.getAs("resolution"),
        content.getList(content.fieldIndex("trigger_words")),
        content.getList(content.fieldIndex("captions")),
        content.getList(content.fieldIndex("tags")),
        ContentRow.<Integer>javaMap(content, "tag_frequencies"));
  }

  private static <V> Map<String, V> javaMap(final Row content, final String column) {
    return new TreeMap<>(content.<String, V>getJavaMap(content.fieldIndex(column)));
  }

  private static Row row(final Object... values) {
    return new GenericRowWithSchema(values, CatalogColumns.CONTENT);
  }

  private static <V> scala.collection.immutable.Map<String, V> map(final Map<String, V> map) {
    return JavaConverters.mapAsScalaMap(map).toMap(Predef.<Tuple2<String, V>>$conforms());
  }
}
