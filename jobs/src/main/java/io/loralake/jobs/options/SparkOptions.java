package io.loralake.jobs.options;

import io.loralake.jobs.runtime.BlockFolders;
import io.loralake.jobs.runtime.ConsoleLog;
import io.loralake.jobs.runtime.KryoRecords;
import io.loralake.jobs.runtime.LocalLogStore;
import io.loralake.jobs.runtime.RateLimitPlugin;
import io.loralake.jobs.runtime.SparkVersion;
import io.loralake.jobs.runtime.Umask;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.apache.spark.package$;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Options that every Spark verb takes, and the session that they describe. */
public final class SparkOptions {
  private static final Pattern COMMA = Pattern.compile(",");
  private static final String REGISTRATORS = "spark.kryo.registrator";

  private static final String EXTENSIONS = "spark.sql.extensions";

  /** The open Delta's; distributions have their own. */
  private static final String DELTA_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension";

  private static final String DELTA_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog";

  /** What our queries rest on, though a cluster may have it otherwise for other jobs. */
  private static final Map<String, String> NEEDED =
      Map.of(
          "spark.sql.datetime.java8API.enabled", "false", // rows come with Timestamps
          "spark.sql.retainGroupColumns", "true",
          "spark.sql.files.ignoreMissingFiles", "false", // their rows would be missing unheard
          "spark.sql.files.ignoreCorruptFiles", "false");

  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "Spark master: local[N], spark://host:port, yarn... Default: what spark-submit says, else"
              + " local[*] (all cores of this machine).")
  private String master;

  @Option(
      names = "--conf",
      paramLabel = "KEY=VALUE",
      description = "Spark setting, may be repeated. Default: none.")
  private Map<String, String> conf = new LinkedHashMap<>();

  /**
   * The session of this JVM, with Delta. One that is there already keeps its master, its Delta and
   * its log, and gets our settings of SQL and our lines.
   *
   * @throws IllegalArgumentException when the master is none that Spark knows, or Spark is too old
   */
  public SparkSession session(final String jobName) {
    final boolean isOurs = SparkSession.getDefaultSession().isEmpty();
    final SparkSession.Builder builder = SparkSession.builder().appName("loralake " + jobName);
    defaults().forEach((key, value) -> setUnlessGiven(builder, key, value));
    if (isOurs) {
      start(builder);
    }
    conf.forEach(builder::config);
    if (isOurs) {
      builder.config(EXTENSIONS, with(DELTA_EXTENSION, EXTENSIONS));
      builder.config("spark.sql.defaultCatalog", "spark_catalog"); // Delta's, below
    }
    builder.config(REGISTRATORS, with(KryoRecords.class.getName(), REGISTRATORS));
    NEEDED.forEach(builder::config);
    builder.config(ExecutorOptions.SETTING, executorOptions().line());
    final SparkSession session = get(builder);
    if (isOurs) {
      ConsoleLog.limit(session.sparkContext());
    }
    ConsoleLog.tell();
    return session;
  }

  /** What only a session's first user can say. */
  private void start(final SparkSession.Builder builder) {
    final SparkVersion spark = new SparkVersion(package$.MODULE$.SPARK_VERSION());
    spark.requireForDelta();
    spark.requireJava(Runtime.version().feature());
    setUnlessGiven(builder, "spark.sql.catalog.spark_catalog", DELTA_CATALOG);
    if (given("spark.delta.logStore.class", null) == null) { // Delta takes one or the other
      setUnlessGiven(builder, "spark.delta.logStore.file.impl", LocalLogStore.class.getName());
    }
    builder.master(where());
    if (System.getenv("SPARK_LOCAL_DIRS") == null && System.getenv("LOCAL_DIRS") == null) {
      new BlockFolders(given("spark.local.dir", System.getProperty("java.io.tmpdir"))).requireOne();
    }
    if (runsTasksItself()) {
      // A task without memory fails its job, which is told; by default it ends the JVM meanwhile.
      setUnlessGiven(builder, "spark.executor.killOnFatalError.depth", "0");
      // Spark makes this folder, though nothing is put there; by default where it was started.
      final Path warehouse = Path.of(System.getProperty("java.io.tmpdir"), "loralake-warehouse");
      setUnlessGiven(builder, "spark.sql.warehouse.dir", warehouse.toUri().toString());
      Umask.ofProcess().ifPresent(umask -> setUnlessGiven(builder, Umask.SETTING, umask));
    }
  }

  private SparkSession get(final SparkSession.Builder builder) {
    try {
      return builder.getOrCreate();
    } catch (final Exception e) { // Scala declares none
      if (e instanceof SparkException && e.getMessage().startsWith("Could not parse Master URL")) {
        throw new IllegalArgumentException(
            "--master is %s, allowed are local, local[N], local[*], spark://HOST:PORT, yarn, k8s://URL"
                .formatted(where()),
            e);
      }
      throw e;
    }
  }

  /** The master: of the command line, else spark-submit's. */
  private String where() {
    return master == null ? System.getProperty("spark.master", "local[*]") : master;
  }

  /** Whether tasks run in this JVM; those of local-cluster do not. */
  private boolean runsTasksItself() {
    return where().equals("local") || where().startsWith("local[");
  }

  private static Map<String, String> defaults() {
    final Map<String, String> defaults = new LinkedHashMap<>();
    defaults.put("spark.plugins", RateLimitPlugin.class.getName());
    defaults.put("spark.ui.enabled", "false");
    defaults.put("spark.sql.shuffle.partitions", "8");
    // Rows are few and files are large: code made for a query would cost more than it saves.
    defaults.put("spark.sql.codegen.wholeStage", "false");
    defaults.put("spark.sql.codegen.factoryMode", "NO_CODEGEN");
    defaults.put("spark.databricks.delta.snapshotPartitions", "1"); // files are few as well
    // A small sort, group or broadcast takes a page, by default of up to 64 MB; a task has 8,192.
    defaults.put("spark.buffer.pageSize", "4m");
    // Numbers that hardly occur twice: a dictionary of them would be filled and thrown away.
    defaults.put("spark.hadoop.parquet.enable.dictionary#sketch", "false");
    defaults.put("spark.hadoop.parquet.enable.dictionary#embedding.list.element", "false");
    // Spark's 4,096 rows of sketches at once would take up to 2.5 GB a task (Gaussian probes).
    defaults.put("spark.sql.parquet.columnarReaderBatchSize", "64");
    // As pandas writes times: tables that people give may have such columns, which nothing reads.
    defaults.put("spark.sql.legacy.parquet.nanosAsLong", "true");
    defaults.put("spark.sql.session.timeZone", "UTC");
    return defaults;
  }

  /** A setting of the command line, else spark-submit's. */
  private String given(final String key, final String otherwise) {
    return conf.getOrDefault(key, System.getProperty(key, otherwise));
  }

  private ExecutorOptions executorOptions() {
    return new ExecutorOptions(given(ExecutorOptions.SETTING, ""));
  }

  /** A class of ours behind those that a setting names, unless it is one of them. */
  private String with(final String ours, final String key) {
    final Stream<String> asked = Stream.ofNullable(given(key, null)).flatMap(COMMA::splitAsStream);
    return Stream.concat(asked.map(String::strip), Stream.of(ours))
        .distinct()
        .collect(Collectors.joining(","));
  }

  /** spark-submit passes its settings as system properties; those win over our defaults. */
  private static void setUnlessGiven(
      final SparkSession.Builder builder, final String key, final String value) {
    if (System.getProperty(key) == null) {
      builder.config(key, value);
    }
  }
}
