package io.loralake.jobs.index;

import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.site.Sites;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;

/**
 * What a run lists, by the way in which it is listed.
 *
 * @param folders qualified URIs of folders and files; one inside another one is left out
 * @param sites {@code hf:} and {@code civitai:} sources
 * @param manifests qualified URIs of files that list addresses
 * @param missing the other sources, with the reason
 */
record Sources(
    List<String> folders, List<String> sites, List<String> manifests, List<String> missing) {
  private static final String MANIFEST = "list:";
  private static final Pattern ADDRESS = Pattern.compile("(?i)(https?|s?ftp):.*");

  /**
   * Sorts sources. What is not there, as a share that is not mounted, keeps no other from its run.
   *
   * @param catalog the catalog's path, qualified
   * @throws IOException when none is there, with the first one's reason
   * @throws IllegalArgumentException naming the first that cannot be understood, or lies in the
   *     catalog
   */
  static Sources of(final SparkSession spark, final List<String> sources, final String catalog)
      throws IOException {
    final FileStore store = new FileStore(spark.sparkContext().hadoopConfiguration());
    final Set<String> folders = new LinkedHashSet<>();
    final Set<String> sites = new LinkedHashSet<>();
    final Set<String> manifests = new LinkedHashSet<>();
    final List<String> missing = new ArrayList<>();
    IOException reason = null;
    for (final String source : sources) {
      try {
        if (source.startsWith(MANIFEST)) {
          manifests.add(find(store, source.substring(MANIFEST.length())));
        } else if (Sites.isSite(source)) {
          sites.add(Sites.source(source).toString());
        } else if (ADDRESS.matcher(source).matches()) {
          throw new IllegalArgumentException(
              "--source is %s, allowed are folders, files, hf://, civitai://, list:FILE with addresses"
                  .formatted(source));
        } else {
          folders.add(folder(store, source, new CatalogFolder(catalog)));
        }
      } catch (final IOException e) {
        reason = reason == null ? e : reason;
        missing.add(source + ": " + e.getMessage());
      }
    }
    if (reason != null && missing.size() == sources.size()) {
      throw reason;
    }
    return new Sources(
        outermost(folders), List.copyOf(sites), List.copyOf(manifests), List.copyOf(missing));
  }

  private static String folder(
      final FileStore store, final String source, final CatalogFolder catalog) throws IOException {
    final String uri = find(store, source);
    if (!Listed.isAdapter(uri) && store.isFile(uri)) {
      throw new IllegalArgumentException(
          "--source is " + uri + ", allowed are folders and .safetensors or .sft files");
    }
    if (catalog.holds(uri)) {
      throw new IllegalArgumentException(
          "--source is " + uri + ", allowed is what does not lie in --catalog " + catalog.uri());
    }
    return uri;
  }

  private static String find(final FileStore store, final String source) throws IOException {
    final String uri = store.qualify(source);
    if (!store.exists(uri)) {
      throw new FileNotFoundException(uri + " does not exist");
    }
    return uri;
  }

  private static List<String> outermost(final Set<String> folders) {
    return folders.stream()
        .filter(
            inner ->
                folders.stream()
                    .noneMatch(
                        outer -> !inner.equals(outer) && inner.startsWith(FileStore.prefix(outer))))
        .toList();
  }
}
