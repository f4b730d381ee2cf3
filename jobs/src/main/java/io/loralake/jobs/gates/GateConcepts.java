package io.loralake.jobs.gates;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.BaseModel;
import io.loralake.jobs.adapters.AdapterSpec;
import io.loralake.jobs.adapters.Concepts;
import io.loralake.jobs.adapters.PictureSource;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.rejection.RejectedException;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.GateExamples;
import io.loralake.training.LatentEncoder;
import io.loralake.training.TrainingPicture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
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

  private final Concepts concepts;
  private final BaseModel base;
  private final EmbeddedAdapters adapters;
  private final String text;
  private int content;

  /**
   * @param text name of the text encoder
   */
  GateConcepts(
      final Concepts concepts,
      final BaseModel base,
      final EmbeddedAdapters adapters,
      final String text) {
    this.concepts = concepts;
    this.base = base;
    this.adapters = adapters;
    this.text = text;
  }

  /** A hash that tells concepts, their pictures and captions apart from others. */
  int content() {
    return content;
  }

  /** What concepts have been read; of their pictures only latents are kept. */
  private static final class Gathered {
    private final NDList latents = new NDList();
    private final List<List<String>> captions = new ArrayList<>();
    private final List<GateExamples.Concept> unranked = new ArrayList<>();
    private final List<Integer> contents = new ArrayList<>();

    void add(
        final String name,
        final int[] exact,
        final List<TrainingPicture> pictures,
        final NDArray encoded) {
      final int[] rows =
          IntStream.range(captions.size(), captions.size() + pictures.size()).toArray();
      for (final TrainingPicture picture : pictures) {
        captions.add(fewer(picture.captions(), captions.size()));
        contents.add(Objects.hash(Arrays.hashCode(picture.pixels()), picture.captions()));
      }
      contents.add(Objects.hash(name, Arrays.hashCode(rows), Arrays.hashCode(exact)));
      latents.add(encoded);
      unranked.add(new GateExamples.Concept(name, rows, exact, new int[0]));
    }
  }

  /**
   * Reads and encodes pictures, encodes captions, and ranks adapters.
   *
   * @throws IllegalArgumentException when no concept is left
   */
  GateExamples examples() throws IOException {
    try (NDManager manager = base.manager().newSubManager()) {
      final LatentEncoder encoder = new LatentEncoder(base.autoEncoder(), base.prompts());
      final Gathered gathered = gather(manager, encoder);
      if (gathered.unranked.isEmpty()) {
        throw new IllegalArgumentException(
            "No row has pictures and an adapter in the catalog"
                + (adapters.leftOut().isEmpty() ? "" : " of which nothing is held out")
                + (concepts.refused().isEmpty()
                    ? ""
                    : ", the first reason: " + concepts.refused().get(0)));
      }
      content = gathered.contents.hashCode();
      final CaptionedLatents data =
          encoder.captioned(manager, gathered.captions, NDArrays.concat(gathered.latents));
      return ranked(data, gathered);
    }
  }

  private Gathered gather(final NDManager manager, final LatentEncoder encoder) throws IOException {
    final Gathered gathered = new Gathered();
    final Set<String> heldOut = heldOut();
    int aside = 0;
    for (final List<AdapterSpec> concept : concepts.all()) {
      final int[] exact = exact(concept);
      try {
        final List<TrainingPicture> pictures =
            exact.length == 0 ? List.of() : pictures(concept.get(0), heldOut);
        if (pictures.isEmpty()) {
          aside++;
        } else {
          gathered.add(
              concept.get(0).name(),
              exact,
              pictures,
              encoder.latents(manager, pictures, concepts.width(), concepts.height()));
        }
      } catch (final RejectedException e) {
        concepts.refuse(e.getMessage());
      }
    }
    LOG.info(
        "train-gates: {} concepts, {} pictures; {} concepts aside, their adapters or all of their"
            + " pictures are held out, or the catalog has no such adapter",
        gathered.unranked.size(),
        gathered.captions.size(),
        aside);
    return gathered;
  }

  /** Without those that an adapter was made from that is held out. */
  private List<TrainingPicture> pictures(final AdapterSpec row, final Set<String> heldOut)
      throws IOException {
    final PictureSource source = concepts.pictures(row);
    final List<TrainingPicture> read = source.read();
    source.bad().forEach(bad -> concepts.refuse(bad.message()));
    return IntStream.range(0, read.size())
        .filter(i -> !heldOut.contains(source.names().get(i)))
        .mapToObj(read::get)
        .toList();
  }

  /** Names of the pictures that adapters were made from that are held out. */
  private Set<String> heldOut() throws IOException {
    final Set<String> names = new HashSet<>();
    for (final AdapterSpec row : concepts.rows()) {
      if (isHeldOut(row)) {
        final PictureSource source = concepts.pictures(row);
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

  private static List<String> fewer(final List<String> captions, final int index) {
    return captions.size() <= CAPTIONS
        ? captions
        : IntStream.range(0, CAPTIONS)
            .mapToObj(i -> captions.get((index + i * captions.size() / CAPTIONS) % captions.size()))
            .toList();
  }

  /** None where one of the rows is held out: nothing that it was made from is looked at. */
  private int[] exact(final List<AdapterSpec> concept) {
    return concept.stream().anyMatch(this::isHeldOut)
        ? new int[0]
        : concepts.exact(concept, adapters);
  }

  private boolean isHeldOut(final AdapterSpec row) {
    return concepts.families(row).stream().anyMatch(adapters.leftOut()::contains);
  }

  private GateExamples ranked(final CaptionedLatents data, final Gathered gathered) {
    final float[][] prompts = prompts(data, gathered.captions);
    final float[][] embeddings =
        adapters.adapters().stream().map(EmbeddedAdapters.Entry::embedding).toArray(float[][]::new);
    final List<GateExamples.Concept> ranked =
        gathered.unranked.stream()
            .map(concept -> ranked(concept, data, prompts, embeddings))
            .toList();
    return new GateExamples(data, prompts, embeddings, ranked);
  }

  /** Each caption's vector in the encoder's space, (captions, E). */
  private float[][] prompts(final CaptionedLatents data, final List<List<String>> captions) {
    final String[] texts = new String[(int) data.vec().size(0)];
    texts[0] = "";
    for (int i = 0; i < captions.size(); i++) {
      for (int j = 0; j < data.captions()[i].length; j++) {
        texts[data.captions()[i][j]] = captions.get(i).get(j);
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
