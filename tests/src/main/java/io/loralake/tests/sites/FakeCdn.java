package io.loralake.tests.sites;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The second host, where the bytes are: links are signed, ranges are served, and a request that
 * brings a token as well is refused, as S3 does.
 */
public final class FakeCdn extends SiteServer {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

  private static final String OPEN = "/open/";

  private final Map<String, Published> files = new ConcurrentHashMap<>();
  private final String signature = UUID.randomUUID().toString();

  public FakeCdn() throws IOException {}

  /** A signed link to a file. */
  public String link(final Published file) {
    files.put(file.sha256(), file);
    return endpoint() + "/blobs/" + file.sha256() + "?X-Amz-Signature=" + signature;
  }

  /** An address at which everybody may have a file. */
  public String open(final Published file) {
    files.put(file.sha256(), file);
    return endpoint() + OPEN + file.sha256();
  }

  @Override
  protected void answer(final Exchange exchange) throws IOException {
    final Published file = files.get(exchange.path().replaceFirst("^/(blobs|open)/", ""));
    if (exchange.token() != null) {
      exchange.html(400, "Only one auth mechanism allowed");
    } else if (!exchange.path().startsWith(OPEN)
        && !exchange.parameter("X-Amz-Signature", "").equals(signature)) {
      exchange.html(403, "SignatureDoesNotMatch");
    } else if (file == null) {
      exchange.html(404, "NoSuchKey");
    } else {
      send(exchange, file);
    }
  }

  /** The file, or the part of it that was asked for. */
  static void send(final Exchange exchange, final Published file) throws IOException {
    final byte[] bytes = file.bytes();
    exchange
        .with("ETag", "\"" + file.sha256() + "\"")
        .with("Accept-Ranges", "bytes")
        .with("Content-Type", "application/octet-stream");
    final Matcher range = RANGE.matcher(String.valueOf(exchange.header("Range")));
    if (!range.matches()) {
      exchange.bytes(200, bytes);
      return;
    }
    final int from = Integer.parseInt(range.group(1));
    final int last =
        range.group(2).isEmpty()
            ? bytes.length - 1
            : (int) Math.min(bytes.length - 1L, Long.parseLong(range.group(2)));
    if (from > last) {
      exchange.with("Content-Range", "bytes */" + bytes.length).bytes(416, new byte[0]);
      return;
    }
    exchange
        .with("Content-Range", "bytes %d-%d/%d".formatted(from, last, bytes.length))
        .bytes(206, Arrays.copyOfRange(bytes, from, last + 1));
  }
}
