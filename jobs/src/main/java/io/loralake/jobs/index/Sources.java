package io.loralake.jobs.index;

import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.site.Sites;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;

/**
 * What a run lists, by the way in which it is listed.
 *
 * @param folders qualified URIs of folders and files
 * @param sites {@code hf:} and {@code civitai:} sources
 * @param manifests files that list addresses
 */
record Sources(List<String> folders, List<String> sites, List<String> manifests) {
  private static final String MANIFEST = "list:";
  private static final Pattern ADDRESS = Pattern.compile("(?i)(https?|s?ftp):.*");

  /**
   * Sorts sources.
   *
   * @param catalog the catalog's path, qualified
   * @throws IllegalArgumentException naming the first that does not exist, cannot be understood, or
   *     lies in the catalog
   */
  static Sources of(final SparkSession spark, final List<String> sources, final String catalog)
      throws IOException {
    final List<String> folders = new ArrayList<>();
    final List<String> sites = new ArrayList<>();
    final List<String> manifests = new ArrayList<>();
    for (final String source : sources) {
      if (source.startsWith(MANIFEST)) {
        manifests.add(source.substring(MANIFEST.length()));
      } else if (Sites.isSite(source)) {
        sites.add(Sites.source(source).toString());
      } else if (ADDRESS.matcher(source).matches()) {
        throw new IllegalArgumentException(
            "--source is %s, allowed are folders, files, hf://, civitai://, list:FILE with addresses"
                .formatted(source));
      } else {
        folders.add(source);
      }
    }
    final List<String> roots = Listing.roots(spark, folders);
    final FileStore store = new FileStore(spark.sparkContext().hadoopConfiguration());
    final CatalogFolder own = new CatalogFolder(catalog);
    for (final String root : roots) {
      if (!Listed.isAdapter(root) && store.isFile(root)) {
        throw new IllegalArgumentException(
            "--source is " + root + ", allowed are folders and .safetensors or .sft files");
      }
      if (own.holds(root)) {
        throw new IllegalArgumentException(
            "--source is " + root + ", allowed is what does not lie in --catalog " + catalog);
      }
    }
    return new Sources(roots, sites.stream().distinct().toList(), Listing.roots(spark, manifests));
  }
}
