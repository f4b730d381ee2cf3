package io.loralake.source;

import java.io.Serializable;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FileStatus;

/**
 * One object of a listing.
 *
 * @param uri fully qualified
 * @param revision changes when the content does: {@code etag:...} where the store has one, else
 *     {@code mtime:...} in milliseconds, {@code commit:...} or {@code sha256:...}
 * @param size length in bytes; {@link #UNKNOWN} when the listing does not say
 * @param sha256 SHA-256 of its bytes, 64 hexadecimal digits; null when the listing does not say
 * @param url where its bytes are; null when {@code uri} says it
 */
public record Listed(String uri, String revision, long size, String sha256, String url)
    implements Serializable {
  public static final long UNKNOWN = -1;

  /** Begins the revision of a file that has none but the time of its last change. */
  private static final String MTIME = "mtime:";

  private static final String ADAPTERS = "safetensors|sft";

  /** Regular expression whose first group is a file's name, an adapter's without the ending. */
  public static final String STEM = "([^/]*?)((?i)[.](" + ADAPTERS + "))?$";

  private static final Pattern ADAPTER = ending(ADAPTERS);
  private static final Pattern PICKLE = ending("bin|pt|pth|ckpt|pkl|pickle");

  public Listed(final String uri, final String revision, final long size) {
    this(uri, revision, size, null, null);
  }

  /** As a store lists it. */
  static Listed of(final FileStatus entry) {
    final String etag = entry instanceof EtagSource source ? source.getEtag() : null;
    final String revision =
        etag == null || etag.isEmpty() ? MTIME + entry.getModificationTime() : "etag:" + etag;
    return new Listed(entry.getPath().toString(), revision, entry.getLen());
  }

  private static Pattern ending(final String endings) {
    return Pattern.compile("\\.(" + endings + ")$", Pattern.CASE_INSENSITIVE);
  }

  /** Whether a file of that name or URI is an adapter's by its ending. */
  public static boolean isAdapter(final String name) {
    return ADAPTER.matcher(name).find();
  }

  /** Whether a file of that name runs code when it is opened; nobody looks inside. */
  public static boolean isPickle(final String name) {
    return PICKLE.matcher(name).find();
  }

  /** The URI of an adapter's file without the ending. */
  public static String stem(final String adapter) {
    return ADAPTER.matcher(adapter).replaceFirst("");
  }

  /** Whether it was written before a time, in milliseconds; false where the store does not say. */
  public boolean isOlderThan(final long millis) {
    return revision.startsWith(MTIME)
        && Long.parseLong(revision.substring(MTIME.length())) < millis;
  }

  /** The last part of its URI. */
  public String name() {
    return name(uri);
  }

  /** The last part of a URI. */
  public static String name(final String uri) {
    return uri.substring(uri.lastIndexOf('/') + 1);
  }

  /** What a URI's last part lies in. */
  public static String folder(final String uri) {
    return uri.substring(0, uri.lastIndexOf('/'));
  }
}
