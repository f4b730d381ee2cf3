package io.loralake.jobs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkThrowable;

/**
 * Says of a failure that comes from how a machine was set up what is to be set otherwise, where the
 * libraries' own words do not. Snappy and onnxruntime unpack their native libraries into Java's
 * folder for temporary files, PyTorch and the tokenizers into DJL's.
 */
final class Surroundings {
  private static final String CACHE =
      "the environment's DJL_CACHE_DIR (--conf spark.executorEnv.DJL_CACHE_DIR=DIR)";

  private static final String TEMPORARY =
      "-Djava.io.tmpdir=DIR in LORALAKE_JAVA_OPTS (with spark-submit in --driver-java-options and --conf spark.executor.extraJavaOptions)";

  private static final List<Known> KNOWN =
      List.of(
          // The linker's words come after the file's name, which Java tells twice.
          known(
              "UnsatisfiedLinkError: (/.*?)/[^/]+: /.*(failed to map segment from shared object"
                  + "|cannot open shared object file: Permission denied)",
              found ->
                  "native libraries cannot be loaded from %s (is its disk mounted noexec?): name folders where that is allowed by %s, and for PyTorch by %s"
                      .formatted(found.group(1), TEMPORARY, CACHE)),
          known(
              "EngineException: Failed to extract PyTorch native library",
              found ->
                  "PyTorch's native libraries, 432 MB, cannot be unpacked: name a folder with room that may be written by "
                      + CACHE),
          // What the tokenizers throw after any failure to unpack, which they only log.
          known(
              "EngineException: Unexpected flavor: ",
              found ->
                  "the tokenizers' native library cannot be unpacked, perhaps as DJL's folder is another user's: name one that may be written by "
                      + CACHE),
          known(
              "LoginException: .*invalid null input: name",
              found ->
                  "Hadoop asks what the user of this process is called, and this machine has no name for that number: give it a line in /etc/passwd, or start as another user"),
          known(
              "IllegalStateException: LiveListenerBus is stopped",
              found ->
                  "Spark has stopped before it was asked to: its master does not answer, or is gone; what Spark said of it stands above"),
          known(
              "Class is not registered: ([^\\s]+)",
              found ->
                  "Kryo may carry registered classes alone here, and %s is none, as others of Spark's own: give --conf spark.kryo.registrationRequired=false"
                      .formatted(found.group(1))),
          known( // of the checksums that Hadoop looks for beside each file of a local disk
              "URISyntaxException: .+: \\.([^/]*:[^/]*)\\.crc",
              found ->
                  "a file whose name has a colon, '%s', cannot be read by Spark: rename it"
                      .formatted(found.group(1))),
          known(
              "URISyntaxException: (?:Relative path in absolute URI"
                  + "|Illegal character in scheme name at index \\d+): (.+)",
              found ->
                  "'%s' is no path, as what stands before its first colon is read as a scheme: write it from the root on, with a slash at the beginning"
                      .formatted(found.group(1))),
          known(
              "DELTA_MISSING_DELTA_TABLE\\] `(.+)` is not a Delta table",
              found ->
                  "the catalog's table %s is not there: its folder, or _delta_log in it, was removed or moved; bring it back and run the same command again, or remove what is left of it and make it anew with 'index'"
                      .formatted(found.group(1))),
          known( // Spark names the file, or, where it comes later to what is wrong in it, does not
              "Encountered error while reading file (\\S+/_delta_log/\\S+?)\\.? Details"
                  + "|JsonMappingException: (?s:.*?)org\\.apache\\.spark\\.sql\\.delta\\.actions",
              found ->
                  "%s of a table's log is cut short or otherwise broken: bring it back from a copy; without one, if it is the log's newest file, remove it, and the table is as it was before that commit"
                      .formatted(found.group(1) == null ? "a file" : found.group(1))),
          known(
              "Could not find any delta files for version (\\d+)",
              found ->
                  "the log of one of the catalog's tables has lost the JSON file of its newest version, %s: bring it back from a copy"
                      .formatted(found.group(1))),
          known(
              "(\\S+\\.parquet) is not a Parquet file",
              found ->
                  "%s is cut short or otherwise broken: bring it back from a copy%s"
                      .formatted(
                          found.group(1),
                          found.group(1).contains(".checkpoint.")
                              ? "; a checkpoint may be removed where the log still has a JSON file of each version"
                              : "")),
          known(
              "DELTA_CANNOT_CREATE_LOG_PATH\\] Cannot create (.+)",
              found ->
                  "the folder %s cannot be made: a file is in the place of one above it, or nothing may be written there"
                      .formatted(found.group(1))),
          known(
              "DELTA_CANNOT_MODIFY_APPEND_ONLY",
              found ->
                  "a table of the catalog takes appends alone, and this changes or deletes rows of it: look which one SHOW TBLPROPERTIES delta.`CATALOG/TABLE` says this of, then ALTER TABLE delta.`CATALOG/TABLE` SET TBLPROPERTIES ('delta.appendOnly' = 'false') and run the same command again"),
          known(
              "UNRESOLVED_COLUMN[^\\]]*\\] .*? with name `(.+?)` cannot be resolved",
              found ->
                  "a table has no column %s: if it is one of the catalog's in which the column was renamed, give it its name back (ALTER TABLE delta.`CATALOG/TABLE` RENAME COLUMN); 'index' adds columns that are absent, without values"
                      .formatted(found.group(1))),
          known(
              "File (.+) does not exist\\s+It is possible the underlying files",
              found -> unseen(found.group(1))),
          known(
              "(?s) executor \\d+\\): .*?NoSuchFileException: ([^\n]+)",
              found -> unseen(found.group(1))));

  private Surroundings() {}

  /**
   * A failure that the surroundings cause.
   *
   * @param told what is found in its words
   * @param said what to do
   */
  private record Known(Pattern told, Function<MatchResult, String> said) {}

  private static Known known(final String told, final Function<MatchResult, String> said) {
    return new Known(Pattern.compile(told), said);
  }

  /** Empty where a failure has another cause. */
  static Optional<String> of(final Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof final FileSystemException file && isTemporary(file)) {
        return Optional.of(
            "temporary files cannot be written to %s: name a folder where they can by %s"
                .formatted(temporary(), TEMPORARY));
      }
      final String told = cause.toString();
      for (final Known known : KNOWN) {
        final Matcher matcher = known.told().matcher(told);
        if (matcher.find()) {
          return Optional.of(known.said().apply(matcher) + reason(cause));
        }
      }
    }
    return Optional.empty();
  }

  private static Path temporary() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static boolean isTemporary(final FileSystemException failure) {
    return failure.getFile() != null
        && Path.of(failure.getFile()).startsWith(temporary())
        && !Files.isWritable(temporary());
  }

  private static String unseen(final String file) {
    return "%s is not there for a task that reads it: it has gone meanwhile, as a table's files do by a VACUUM that keeps less than the longest run, or is on the driver's machine alone, where executors need what all machines see under one path"
        .formatted(file);
  }

  /** What a library that unpacks says of its folder; Spark advises what no verb does. */
  private static String reason(final Throwable failure) {
    return failure.getCause() instanceof final IOException file && !(file instanceof SparkThrowable)
        ? " (" + file + ")"
        : "";
  }
}
