package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.safetensors.ArtifactFiles;
import io.loralake.safetensors.Fingerprint;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.DType;
import io.loralake.tensor.PyTorchMemory;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A version of trained gates: {@code ID.safetensors} with the weights in half precision and the
 * space of their relevance inputs, and {@code ID.json} with the card.
 */
public final class GateArtifact {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CARD = ".json";
  private static final String MEANS = "space.means";
  private static final String DIRECTIONS = "space.directions";

  private final GateCard card;
  private final Map<String, TensorData> weights;
  private final RelevanceSpace space;

  private GateArtifact(
      final GateCard card, final Map<String, TensorData> weights, final RelevanceSpace space) {
    this.card = card;
    this.weights = weights;
    this.space = space;
  }

  /**
   * A new version, whose id follows from everything else.
   *
   * @param card its id is not read
   * @param parameters as {@link LearnedGates#shapes} names them, row by row
   * @param space null where the options ask for no relevance
   */
  public static GateArtifact of(
      final GateCard card, final Map<String, float[]> parameters, final RelevanceSpace space) {
    final Map<String, TensorData> weights = new LinkedHashMap<>();
    shapes(card, space)
        .forEach(
            (name, shape) -> {
              final float[] values = parameters.get(name);
              if (values == null || values.length != shape.size()) {
                throw new IllegalArgumentException(
                    "Gates: '%s' must have shape %s, it has %s numbers"
                        .formatted(name, shape, values == null ? "no" : values.length));
              }
              weights.put(name, TensorData.ofFloats(DType.F16, values, shape.getShape()));
            });
    return new GateArtifact(card.withId(fingerprint(card, weights, space)), weights, space);
  }

  private static Map<String, Shape> shapes(final GateCard card, final RelevanceSpace space) {
    return LearnedGates.shapes(card.options(), card.layout(), space == null ? 0 : space.inputs());
  }

  public GateCard card() {
    return card;
  }

  /** The weights, row by row, as {@link LearnedGates#shapes} names them. */
  public Map<String, float[]> parameters() {
    final Map<String, float[]> parameters = new LinkedHashMap<>();
    weights.forEach((name, tensor) -> parameters.put(name, tensor.toFloats()));
    return parameters;
  }

  /** In what terms the gates know adapters; null where they know none. */
  public RelevanceSpace space() {
    return space;
  }

  /** Writes both files into a folder. */
  public void write(final Path folder) throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>(weights);
    if (space != null) {
      tensors.put(MEANS, TensorData.ofFloats(space.means(), space.means().length));
      tensors.put(
          DIRECTIONS,
          TensorData.ofFloats(space.directions(), space.means().length, space.coordinates()));
    }
    ArtifactFiles.in(folder, card.id()).write(tensors, card);
  }

  /**
   * Reads a version back.
   *
   * @param path either of the two files, or a folder that holds one version alone
   * @throws IllegalArgumentException when there is not one version, the card is none of gates, or
   *     the two files do not belong together
   */
  public static GateArtifact read(final Path path) throws IOException {
    final Path file = Files.isDirectory(path) ? only(path) : path;
    final ArtifactFiles files = ArtifactFiles.of(file);
    final GateCard card =
        files.readCard(
            GateCard.class,
            "gates",
            told -> told.id() != null && told.options() != null && told.layout() != null);
    try (SafetensorsFile tensors = SafetensorsFile.open(files.weights())) {
      final RelevanceSpace space =
          card.options().knowsAdapters()
              ? new RelevanceSpace(tensors.floats(MEANS), tensors.floats(DIRECTIONS))
              : null;
      final Map<String, float[]> parameters = new LinkedHashMap<>();
      for (final String name : shapes(card, space).keySet()) {
        parameters.put(name, tensors.floats(name));
      }
      final GateArtifact artifact = of(card, parameters, space);
      files.requireSame(card.id(), artifact.card.id());
      return artifact;
    }
  }

  private static Path only(final Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      final List<Path> cards = files.filter(file -> file.toString().endsWith(CARD)).toList();
      if (cards.size() != 1) {
        throw new IllegalArgumentException(
            cards.isEmpty()
                ? folder + " holds no gates: 'train-gates' writes some"
                : "%s holds %d versions of gates, name one of them"
                    .formatted(folder, cards.size()));
      }
      return cards.get(0);
    }
  }

  /**
   * The gates with their weights on a device.
   *
   * @param manager owns the weights
   * @param layout of the base model
   * @param base fingerprint of its transformer
   * @throws IllegalArgumentException when they were trained on another
   */
  public LearnedGates open(final NDManager manager, final GateLayout layout, final String base) {
    requireBase(layout, base);
    final Map<String, float[]> values = parameters();
    final Map<String, NDArray> parameters = new LinkedHashMap<>();
    shapes(card, space)
        .forEach(
            (name, shape) ->
                parameters.put(name, PyTorchMemory.copyOf(manager, values.get(name), shape)));
    return new LearnedGates(card.options(), layout, parameters, space);
  }

  /**
   * Refuses a base that they were not trained on.
   *
   * @param layout of the base model
   * @param base fingerprint of its transformer
   * @throws IllegalArgumentException saying what they were trained on
   */
  public void requireBase(final GateLayout layout, final String base) {
    requireLayout(layout);
    if (!card.base().equals(base)) {
      throw new IllegalArgumentException(
          "Gates %s were trained on transformer %s, this base has %s: run 'train-gates' on it"
              .formatted(card.id(), card.base(), base));
    }
  }

  /**
   * Refuses a base of other layers.
   *
   * @throws IllegalArgumentException saying which layers the gates are for
   */
  public void requireLayout(final GateLayout layout) {
    if (!card.layout().equals(layout)) {
      throw new IllegalArgumentException(
          "Gates %s are for a model of %d layers, %d channels; the base has %d layers, %d channels"
              .formatted(
                  card.id(),
                  card.layout().layers().size(),
                  card.layout().width(),
                  layout.layers().size(),
                  layout.width()));
    }
  }

  /**
   * Refuses embeddings of another encoder.
   *
   * @param encoder id of the one at hand
   */
  public void requireEncoder(final String encoder) {
    if (card.options().knowsAdapters() && encoder == null) {
      throw new IllegalArgumentException(
          "Gates %s know adapters by their embeddings, which only a catalog's have: use --adapters auto"
              .formatted(card.id()));
    }
    if (card.options().knowsAdapters() && !encoder.equals(card.encoder())) {
      throw new IllegalArgumentException(
          "Gates %s know embeddings of encoder %s, these are of %s: run 'train-gates' with it"
              .formatted(card.id(), card.encoder(), encoder));
    }
  }

  private static String fingerprint(
      final GateCard card, final Map<String, TensorData> weights, final RelevanceSpace space) {
    try {
      final Fingerprint content = new Fingerprint().add(JSON.writeValueAsString(card.withId("")));
      weights.values().forEach(tensor -> content.add(tensor.bytes()));
      if (space != null) {
        content.add(space.means()).add(space.directions());
      }
      return "gates-" + content.finish();
    } catch (final JsonProcessingException e) {
      throw new IllegalStateException("Cannot fingerprint gates", e);
    }
  }
}
