package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.tests.Python;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python's deltalake reads what Spark wrote. Runs where {@code LORALAKE_PYTHON} has it. */
class IndependentReaderTest {
  private static final Path SCRIPT =
      Repository.ROOT.resolve("tests/src/test/python/read_catalog.py");

  @TempDir private Path root;

  @Test
  void pythonReadsTheSameRows() throws IOException, InterruptedException {
    Python.require("deltalake, pyarrow");
    final Lake lake = new Lake(root);
    lake.addAll(Repository.adapters(Repository.GOOD).subList(0, 12));
    lake.addAll(Repository.adapters(Repository.BAD).subList(0, 12));
    lake.index();
    lake.remove(Repository.adapters(Repository.GOOD).get(3).getFileName().toString());
    lake.index();

    final JsonNode python = new ObjectMapper().readTree(Python.run(SCRIPT, lake.catalog()));

    final CatalogTables tables = lake.tables();
    assertThat(python.get("adapters"))
        .extracting(JsonNode::asText)
        .isEqualTo(strings(tables, "SELECT adapter_id FROM t ORDER BY adapter_id"));
    assertThat(python.get("locations"))
        .extracting(JsonNode::asText)
        .isEqualTo(
            strings(
                tables,
                "SELECT uri FROM (SELECT explode(locations.uri) AS uri FROM t) ORDER BY uri"));
    assertThat(python.get("sketch_bytes").asLong())
        .isEqualTo(tables.<Long>value("adapters", "SELECT sum(length(sketch)) FROM t"));
    final TreeMap<String, String> reasons = new TreeMap<>();
    for (final Row row : tables.query("quarantine", "SELECT uri, reason FROM t")) {
      reasons.put(row.getString(0), row.getString(1));
    }
    final TreeMap<String, String> read = new TreeMap<>();
    python
        .get("quarantine")
        .fields()
        .forEachRemaining(e -> read.put(e.getKey(), e.getValue().asText()));
    assertThat(read).isEqualTo(reasons);
    assertThat(python.get("runs").asInt()).isEqualTo(2);
  }

  private static List<String> strings(final CatalogTables tables, final String sql) {
    return tables.query("adapters", sql).stream().map(row -> row.getString(0)).toList();
  }
}
