package io.loralake.jobs.gates;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.BaseModel;
import io.loralake.jobs.adapters.AdapterSpec;
import io.loralake.jobs.adapters.PictureSource;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.rejection.RejectedException;
import io.loralake.source.FileStore;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.GateExamples;
import io.loralake.training.LatentEncoder;
import io.loralake.training.TrainingPicture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes examples: pictures by concept, and for each concept the adapters as retrieval ranks them.
 */
final class GateConcepts {
  private static final Logger LOG = LoggerFactory.getLogger(GateConcepts.class);

  /** Captions of a picture; more cost time and say little more. */
  private static final int CAPTIONS = 2;

  private final FileStore store;
  private final BaseModel base;
  private final EmbeddedAdapters adapters;
  private final String text;
  private final List<String> refused = new ArrayList<>();
  private int content;

  /**
   * @param text name of the text encoder
   */
  GateConcepts(
      final FileStore store,
      final BaseModel base,
      final EmbeddedAdapters adapters,
      final String text) {
    this.store = store;
    this.base = base;
    this.adapters = adapters;
    this.text = text;
  }

  /** Pictures and concepts that could not be used, and why. */
  List<String> refused() {
    return refused;
  }

  /** A hash that tells concepts, their pictures and captions apart from others. */
  int content() {
    return content;
  }

  /** Rows with the same pictures are one concept, of which each row's adapter is an exact one. */
  private static Collection<List<AdapterSpec>> concepts(final List<AdapterSpec> rows) {
    final Map<String, List<AdapterSpec>> concepts = new LinkedHashMap<>();
    for (final AdapterSpec row : rows) {
      concepts
          .computeIfAbsent(row.pictures() + " " + row.select(), key -> new ArrayList<>())
          .add(row);
    }
    return concepts.values();
  }

  /**
   * Reads and encodes pictures, encodes captions, and ranks adapters.
   *
   * @param rows with their size
   * @param root URI of the folder that pictures are relative to
   * @throws IllegalArgumentException when no concept is left
   */
  GateExamples examples(final List<AdapterSpec> rows, final String root) throws IOException {
    final List<TrainingPicture> pictures = new ArrayList<>();
    final List<GateExamples.Concept> unranked = new ArrayList<>();
    final Set<String> heldOut = heldOut(rows, root);
    int aside = 0;
    for (final List<AdapterSpec> concept : concepts(ofOneSize(rows))) {
      final int[] exact = exact(concept);
      if (exact.length == 0) {
        aside++;
        continue;
      }
      final int from = pictures.size();
      try {
        final PictureSource source = new PictureSource(store, concept.get(0), root);
        final List<TrainingPicture> read = source.read();
        for (int i = 0; i < read.size(); i++) {
          if (!heldOut.contains(source.names().get(i))) {
            pictures.add(fewer(read.get(i), pictures.size()));
          }
        }
        source.bad().forEach(bad -> refused.add(bad.message()));
      } catch (final RejectedException e) {
        refused.add(e.getMessage());
        continue;
      }
      if (pictures.size() == from) {
        aside++; // all its pictures are those of an adapter that is held out
        continue;
      }
      unranked.add(
          new GateExamples.Concept(
              concept.get(0).name(),
              IntStream.range(from, pictures.size()).toArray(),
              exact,
              new int[0]));
    }
    if (unranked.isEmpty()) {
      throw new IllegalArgumentException(
          "No row has pictures and an adapter in the catalog"
              + (refused.isEmpty() ? "" : ", the first reason: " + refused.get(0)));
    }
    LOG.info(
        "train-gates: {} concepts, {} pictures; {} concepts aside, their adapters are held out or"
            + " not in the catalog",
        unranked.size(),
        pictures.size(),
        aside);
    content = content(pictures, unranked);
    return encoded(rows.get(0), pictures, unranked);
  }

  /** The first row's size is that of the training. */
  private List<AdapterSpec> ofOneSize(final List<AdapterSpec> rows) {
    final AdapterSpec first = rows.get(0);
    final List<AdapterSpec> same = new ArrayList<>();
    for (final AdapterSpec row : rows) {
      if (row.width().equals(first.width()) && row.height().equals(first.height())) {
        same.add(row);
      } else {
        refused.add(
            "%s: its pictures are %dx%d, those of the first row are %dx%d: gates are trained at one size"
                .formatted(row.name(), row.width(), row.height(), first.width(), first.height()));
      }
    }
    return same;
  }

  /** Names of the pictures that adapters were made from that are held out. */
  private Set<String> heldOut(final List<AdapterSpec> rows, final String root) throws IOException {
    final Set<String> names = new HashSet<>();
    for (final AdapterSpec row : rows) {
      if (adapters.leftOut().contains(row.fileName())) {
        final PictureSource source = new PictureSource(store, row, root);
        try {
          source.read();
        } catch (final RejectedException e) {
          continue; // it has none
        }
        names.addAll(source.names());
      }
    }
    return names;
  }

  private static int content(
      final List<TrainingPicture> pictures, final List<GateExamples.Concept> concepts) {
    final List<Integer> each = new ArrayList<>();
    pictures.forEach(it -> each.add(Objects.hash(Arrays.hashCode(it.pixels()), it.captions())));
    concepts.forEach(
        it ->
            each.add(
                Objects.hash(
                    it.name(), Arrays.hashCode(it.pictures()), Arrays.hashCode(it.exact()))));
    return each.hashCode();
  }

  private static TrainingPicture fewer(final TrainingPicture picture, final int index) {
    final List<String> all = picture.captions();
    if (all.size() <= CAPTIONS) {
      return picture;
    }
    return new TrainingPicture(
        picture.pixels(),
        IntStream.range(0, CAPTIONS)
            .mapToObj(i -> all.get((index + i * all.size() / CAPTIONS) % all.size()))
            .toList());
  }

  /**
   * None where one of the rows is held out: nothing that it was made from is looked at. None for a
   * name that different adapters have.
   */
  private int[] exact(final List<AdapterSpec> concept) {
    final Set<String> files = new HashSet<>();
    for (final AdapterSpec row : concept) {
      final long found =
          adapters.adapters().stream().filter(it -> it.names().contains(row.fileName())).count();
      if (found > 1) {
        refused.add(
            "%s: %d different adapters go by the name %s"
                .formatted(row.name(), found, row.fileName()));
      } else {
        files.add(row.fileName());
      }
    }
    if (!Collections.disjoint(files, adapters.leftOut())) {
      return new int[0];
    }
    return IntStream.range(0, adapters.adapters().size())
        .filter(i -> adapters.adapters().get(i).names().stream().anyMatch(files::contains))
        .toArray();
  }

  private GateExamples encoded(
      final AdapterSpec size,
      final List<TrainingPicture> pictures,
      final List<GateExamples.Concept> unranked) {
    try (NDManager manager = base.manager().newSubManager()) {
      final CaptionedLatents data =
          new LatentEncoder(base.autoEncoder(), base.prompts())
              .encode(manager, pictures, size.width(), size.height());
      final float[][] prompts = prompts(data, pictures);
      final float[][] embeddings =
          adapters.adapters().stream()
              .map(EmbeddedAdapters.Entry::embedding)
              .toArray(float[][]::new);
      final List<GateExamples.Concept> ranked =
          unranked.stream().map(concept -> ranked(concept, data, prompts, embeddings)).toList();
      return new GateExamples(data, prompts, embeddings, ranked);
    }
  }

  /** Each caption's vector in the encoder's space, (captions, E). */
  private float[][] prompts(final CaptionedLatents data, final List<TrainingPicture> pictures) {
    final String[] texts = new String[(int) data.vec().size(0)];
    texts[0] = "";
    for (int i = 0; i < pictures.size(); i++) {
      for (int j = 0; j < data.captions()[i].length; j++) {
        texts[data.captions()[i][j]] = pictures.get(i).captions().get(j);
      }
    }
    return adapters.encoder().texts().embed(SentenceEncoders.get(text).sentences(List.of(texts)));
  }

  /** By the mean of the concept's captions. */
  private static GateExamples.Concept ranked(
      final GateExamples.Concept concept,
      final CaptionedLatents data,
      final float[][] prompts,
      final float[][] embeddings) {
    final double[] mean = new double[prompts[0].length];
    for (final int picture : concept.pictures()) {
      for (final int caption : data.captions()[picture]) {
        for (int i = 0; i < mean.length; i++) {
          mean[i] += prompts[caption][i];
        }
      }
    }
    final Set<Integer> exact = new HashSet<>();
    IntStream.of(concept.exact()).forEach(exact::add);
    final int[] ranking =
        IntStream.range(0, embeddings.length)
            .filter(i -> !exact.contains(i))
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -dot(mean, embeddings[i])))
            .mapToInt(Integer::intValue)
            .toArray();
    return new GateExamples.Concept(concept.name(), concept.pictures(), concept.exact(), ranking);
  }

  private static double dot(final double[] a, final float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
