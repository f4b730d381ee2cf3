package io.loralake.jobs.adapters;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.adapter.FileStyle;
import io.loralake.adapter.TrainerMetadata;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.runtime.JsonRows;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.tensor.DType;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * One adapter to train: a row of the specification. Columns have these names with underscores; only
 * {@code name} and {@code pictures} must be there.
 *
 * @param name of the file, without ending; of one that is to be written: letters, digits, {@code .
 *     _ -}; of one that is there also its URI or id
 * @param pictures pattern of picture files; of tar files in WebDataset layout ({@code .tar,
 *     .tar.gz, .tgz}); or one {@code .jsonl} file with {@code picture} and {@code captions} in each
 *     line. What is relative is so to the specification's folder
 * @param select of a tar's samples only those whose JSON has these values
 * @param captions for pictures that bring none: not in their sample's or line's {@code captions} or
 *     {@code caption}, nor in a {@code .txt} beside them
 * @param rank default 4
 * @param alpha the update is alpha / rank B A; default the rank
 * @param layers {@code all} (of the blocks), {@code double}, {@code single}, {@code attention},
 *     names, or patterns of names; default {@code all}
 * @param steps default 64
 * @param learningRate of Adam in the first step, falling to 0; default 0.004
 * @param batch pictures a step; default 16
 * @param emptyPrompts share of captions that are replaced by the empty prompt; default 0
 * @param flip whether pictures are learned mirrored as well; default no
 * @param width in pixels; default the job's
 * @param height likewise
 * @param seed default 0
 * @param naming a {@link FileStyle}; default {@code kohya}
 * @param metadata a {@link TrainerMetadata}; default {@code none}
 * @param dtype {@code f16}, {@code bf16} or {@code f32}; default {@code f16}
 */
public record AdapterSpec(
    String name,
    String pictures,
    Map<String, JsonNode> select,
    List<String> captions,
    Integer rank,
    Double alpha,
    List<String> layers,
    Integer steps,
    Double learningRate,
    Integer batch,
    Double emptyPrompts,
    Boolean flip,
    Integer width,
    Integer height,
    Long seed,
    String naming,
    String metadata,
    String dtype) {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,199}";
  private static final List<String> WHOLE_NUMBERS =
      List.of("rank", "steps", "batch", "width", "height", "seed");
  private static final String FRACTION = "-?\\d+\\.\\d+([eE][+]?\\d{1,3})?";
  private static final int MAX_SIDE = 4096;
  private static final double MAX_HALF = 65_504;

  public AdapterSpec {
    require(name != null && !name.isBlank(), "name", name, "that of an adapter");
    require(pictures != null && !pictures.isBlank(), "pictures", pictures, "a pattern of files");
    select = select == null ? Map.of() : new TreeMap<>(select);
    captions = present(captions);
    rank = rank == null ? 4 : rank;
    require(rank > 0, "rank", rank, "a positive number");
    alpha = alpha == null ? rank.doubleValue() : alpha;
    require(Bounds.isPositive(alpha), "alpha", alpha, "a positive number");
    layers = present(layers);
    layers = layers.isEmpty() ? List.of("all") : layers;
    steps = steps == null ? 64 : steps;
    require(steps > 0, "steps", steps, "a positive number");
    learningRate = learningRate == null ? 4e-3 : learningRate;
    require(
        learningRate > 0 && learningRate <= 1, "learning_rate", learningRate, "above 0, up to 1");
    batch = batch == null ? 16 : batch;
    require(batch > 0, "batch", batch, "a positive number");
    emptyPrompts = emptyPrompts == null ? 0.0 : emptyPrompts;
    require(emptyPrompts >= 0 && emptyPrompts <= 1, "empty_prompts", emptyPrompts, "from 0 to 1");
    flip = flip != null && flip;
    require(isSide(width), "width", width, "from 1 to " + MAX_SIDE);
    require(isSide(height), "height", height, "from 1 to " + MAX_SIDE);
    seed = seed == null ? 0 : seed;
    naming = naming == null ? "kohya" : FileStyle.of(naming).name();
    metadata = TrainerMetadata.parse(metadata == null ? "none" : metadata).toString();
    dtype = dtype == null ? "f16" : dtype;
    require(List.of("f16", "bf16", "f32").contains(dtype), "dtype", dtype, "f16, bf16, f32");
    require(!dtype.equals("f16") || alpha <= MAX_HALF, "alpha", alpha, "up to 65504 in f16");
  }

  /**
   * Refuses a name that a file of ours does not get.
   *
   * @param row what messages call it
   * @throws RejectedException naming the row
   */
  void requireFileName(final String row) {
    if (!name.matches(NAME)) {
      throw new RejectedException(
          Reason.BAD_SPECIFICATION,
          "%s: name is %s, allowed is letters, digits, '.', '_', '-'".formatted(row, name));
    }
  }

  /**
   * Refuses a size that the base cannot have.
   *
   * @param granularity sides of pictures must be multiples of it
   * @throws RejectedException naming the row
   */
  public void requireMultiplesOf(final int granularity) {
    if (width % granularity != 0 || height % granularity != 0) {
      throw new RejectedException(
          Reason.BAD_SPECIFICATION,
          "%s: its size is %dx%d, the base wants multiples of %d"
              .formatted(name, width, height, granularity));
    }
  }

  /** Lists of tables may have cells without a value. */
  private static List<String> present(final List<String> texts) {
    return texts == null ? List.of() : texts.stream().filter(Objects::nonNull).toList();
  }

  private static boolean isSide(final Integer side) {
    return side == null || side > 0 && side <= MAX_SIDE;
  }

  private static void require(
      final boolean holds, final String field, final Object value, final String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(field + " is " + value + ", allowed is " + allowed);
    }
  }

  /**
   * Reads a row.
   *
   * @param row what messages call it
   * @throws RejectedException when a column is unknown, absent or out of its bounds
   */
  public static AdapterSpec parse(final String row, final String json) {
    JsonNode columns = MissingNode.getInstance();
    try {
      columns = JSON.readTree(json);
      if (!columns.isObject()) {
        throw new RejectedException(Reason.BAD_SPECIFICATION, row + ": it is no JSON object");
      }
      requireWholeNumbers(row, (ObjectNode) columns);
      readTexts((ObjectNode) columns);
      return JSON.treeToValue(columns, AdapterSpec.class);
    } catch (final JsonProcessingException e) {
      throw new RejectedException(Reason.BAD_SPECIFICATION, row + ": " + why(e, columns));
    }
  }

  /**
   * Jackson would cut fractions off. Some writers of tables make 4.0 of 4, which is a text in CSV:
   * that is taken.
   */
  private static void requireWholeNumbers(final String row, final ObjectNode columns) {
    for (final String column : WHOLE_NUMBERS) {
      final String text = columns.path(column).textValue();
      if (text != null && text.matches(FRACTION)) {
        columns.put(column, new BigDecimal(text));
      }
      final JsonNode value = columns.path(column);
      if (value.isFloatingPointNumber() && value.doubleValue() != Math.rint(value.doubleValue())) {
        throw new RejectedException(
            Reason.BAD_SPECIFICATION,
            "%s: %s is %s, allowed is a whole number".formatted(row, column, value));
      }
    }
  }

  /** In CSV lists and objects are the text of their JSON; a caption may begin like one. */
  private static void readTexts(final ObjectNode columns) {
    for (final String column : List.of("select", "captions", "layers")) {
      final JsonNode read = JsonRows.parsed(columns.path(column).asText(""));
      if (column.equals("select") ? read.isObject() : read.isArray()) {
        columns.set(column, read);
      }
    }
  }

  /** Why the columns are no row, in the specification's words. */
  private static String why(final JsonProcessingException e, final JsonNode columns) {
    if (e.getCause() instanceof IllegalArgumentException bounds) {
      return bounds.getMessage();
    }
    if (e instanceof UnrecognizedPropertyException unknown) {
      return "there is no column %s, allowed are %s"
          .formatted(
              unknown.getPropertyName(),
              unknown.getKnownPropertyIds().stream()
                  .map(Object::toString)
                  .sorted()
                  .collect(Collectors.joining(", ")));
    }
    if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      final String column = mapping.getPath().get(0).getFieldName();
      return "%s is %s, allowed is %s".formatted(column, columns.path(column), kind(column));
    }
    return e.getOriginalMessage();
  }

  private static String kind(final String column) {
    return switch (column) {
      case "rank", "steps", "batch", "width", "height" -> "a whole number up to 2147483647";
      case "seed" -> "a whole number";
      case "alpha", "learning_rate", "empty_prompts" -> "a number";
      case "flip" -> "true or false";
      case "select" -> "an object";
      case "captions", "layers" -> "a text or a list of texts";
      default -> "a text";
    };
  }

  /** The row with every default filled in, on one line; {@link #parse} reads it. */
  public String toJson() {
    return JSON.valueToTree(this).toString();
  }

  /** The same for pictures of the given size where the row does not say one. */
  public AdapterSpec sized(final int defaultWidth, final int defaultHeight) {
    return new AdapterSpec(
        name,
        pictures,
        select,
        captions,
        rank,
        alpha,
        layers,
        steps,
        learningRate,
        batch,
        emptyPrompts,
        flip,
        width == null ? defaultWidth : width,
        height == null ? defaultHeight : height,
        seed,
        naming,
        metadata,
        dtype);
  }

  /** The adapter's file. */
  public String fileName() {
    return name + ".safetensors";
  }

  DType storedType() {
    return DType.valueOf(dtype.toUpperCase(Locale.ROOT));
  }

  /** Changes with anything that the row asks for, and with the base model. */
  String hash(final String baseId) {
    return DigestUtils.sha256Hex(baseId + toJson());
  }
}
