package io.loralake.jobs.catalog;

import io.loralake.jobs.runtime.Version;
import java.sql.Timestamp;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.Row;
import scala.collection.JavaConverters;

/** The row of {@code runs} that a job leaves behind. */
public final class RunRow {
  private RunRow() {}

  /**
   * A run that ends now, by column names, without failures; the job adds its counts.
   *
   * @param options as they were given
   */
  public static Map<String, Object> of(
      final String job,
      final String runId,
      final Map<String, String> options,
      final Timestamp startedAt) {
    final Map<String, Object> run = new HashMap<>();
    run.put("run_id", runId);
    run.put("job", job);
    run.put("version", Version.current());
    run.put("options", JavaConverters.mapAsScalaMap(options));
    run.put("started_at", startedAt);
    run.put("finished_at", new Timestamp(System.currentTimeMillis()));
    run.put("failures", new Row[0]);
    return run;
  }
}
