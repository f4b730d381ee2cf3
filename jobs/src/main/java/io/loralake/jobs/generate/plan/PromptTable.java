package io.loralake.jobs.generate.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.loralake.jobs.generate.Lines;
import io.loralake.jobs.runtime.JsonRows;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * The prompts of a job: a text file with one a line, CSV with a header, JSON lines, parquet, or a
 * Delta table.
 *
 * @param good rows that can be planned, each with a key of its own, in the order of the file
 * @param rejected the others
 * @param numbers of the good rows among those that are not empty, from 1, by key
 */
public record PromptTable(
    List<PromptRow> good, List<Rejected> rejected, Map<String, Integer> numbers) {

  private static final String FRACTION = "-?\\d+\\.\\d+([eE][+]?\\d{1,3})?";
  private static final Set<String> WHOLE_NUMBERS = Set.of("seed", "width", "height", "steps", "k");

  /**
   * A row that is not carried out.
   *
   * @param number among the rows that are not empty, from 1
   * @param row what stands there
   */
  public record Rejected(int number, String key, String reason, String message, String row) {}

  /**
   * Reads a text file, CSV, JSON lines, parquet, or a Delta table.
   *
   * @throws IllegalArgumentException when it cannot be read at all
   */
  public static PromptTable read(final SparkSession spark, final String uri) {
    final List<PromptRow> good = new ArrayList<>();
    final List<Rejected> rejected = new ArrayList<>();
    final Map<String, Integer> numbers = new HashMap<>();
    int number = 0;
    for (final String text : JsonRows.read(spark, uri, "prompt")) {
      number++;
      String key = null;
      try {
        final PromptRow read = PromptRow.parse(plain(text));
        final PromptRow row = read.keyed();
        key = row.key();
        final Integer first = numbers.putIfAbsent(key, number);
        if (first != null) {
          throw new RejectedException(
              Reason.DUPLICATE_KEY,
              read.key() == null
                  ? "it says what row %d says: a seed or key of its own makes it another picture"
                      .formatted(first)
                  : "key " + key + " is that of row " + first);
        }
        good.add(row);
      } catch (final RejectedException e) {
        rejected.add(new Rejected(number, key, e.reason().name(), e.getMessage(), text));
      }
    }
    return new PromptTable(good, rejected, numbers);
  }

  /**
   * The row without empty cells, which say nothing; with whole numbers as such where a table with
   * gaps has them as fractions (32.0, 1.5E9), and a cell of several adapters as a list.
   */
  private static String plain(final String row) {
    if (row.startsWith(JsonRows.BROKEN)) {
      throw new RejectedException(Reason.BAD_SPECIFICATION, row);
    }
    final JsonNode parsed;
    try {
      parsed = Lines.JSON.readTree(row);
    } catch (final JsonProcessingException e) {
      throw new RejectedException(
          Reason.BAD_SPECIFICATION, "no JSON object on a line: " + e.getOriginalMessage());
    }
    if (!(parsed instanceof ObjectNode object)) {
      throw new RejectedException(Reason.BAD_SPECIFICATION, "no JSON object on a line");
    }
    final Iterator<Map.Entry<String, JsonNode>> cells = object.fields();
    while (cells.hasNext()) {
      final Map.Entry<String, JsonNode> cell = cells.next();
      if (cell.getValue().isContainerNode() || cell.getValue().isNull()) {
        continue;
      }
      final String text = cell.getValue().asText();
      if (text.isEmpty()) {
        cells.remove();
      } else if (WHOLE_NUMBERS.contains(cell.getKey()) && text.matches(FRACTION)) {
        cell.setValue(TextNode.valueOf(whole(text)));
      } else if (cell.getKey().equals("adapters")) {
        final ArrayNode names = object.arrayNode();
        Stream.of(text.split("\\s+")).forEach(names::add);
        cell.setValue(names);
      }
    }
    return object.toString();
  }

  private static String whole(final String fraction) {
    try {
      return new BigDecimal(fraction).toBigIntegerExact().toString();
    } catch (final ArithmeticException e) {
      return fraction; // is refused where it is read
    }
  }

  /** The table without some rows, which are rejected now; their reasons by key. */
  public PromptTable without(final Map<String, RejectedException> refused) {
    return new PromptTable(
        good.stream().filter(row -> !refused.containsKey(row.key())).toList(),
        Stream.concat(
                rejected.stream(),
                good.stream()
                    .filter(row -> refused.containsKey(row.key()))
                    .map(row -> refused(row, refused.get(row.key()))))
            .toList(),
        numbers);
  }

  private Rejected refused(final PromptRow row, final RejectedException why) {
    return new Rejected(
        numbers.get(row.key()), row.key(), why.reason().name(), why.getMessage(), Lines.of(row));
  }
}
