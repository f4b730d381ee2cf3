package io.loralake.source.web;

import io.loralake.rejection.Reason;
import io.loralake.safetensors.ByteSource;
import io.loralake.safetensors.MappedFile;
import io.loralake.source.FetchException;
import io.loralake.source.Listed;
import io.loralake.source.SourceFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * A file behind a web address. The first bytes come with the first request; the rest follows from
 * the place that the site redirected to, so no byte is fetched twice.
 */
public final class WebFile implements SourceFile {
  /** Bytes of the first request: most headers are shorter. */
  public static final int HEAD = 64 << 10;

  /** Civitai tells sizes in kilobytes. */
  private static final long SIZE_TOLERANCE = 1_024;

  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");

  private final Web web;
  private final Listed file;
  private final Lane lane;
  private final URI address;
  private URI located;
  private String etag;
  private long size;
  private ByteBuffer head;

  private WebFile(final Web web, final Listed file, final Lane lane, final URI address) {
    this.web = web;
    this.file = file;
    this.lane = lane;
    this.address = address;
    this.located = address;
  }

  /**
   * Fetches the first bytes and checks what can be checked with them.
   *
   * @throws FetchException when the file cannot be had, or is not the one that was listed
   */
  public static WebFile open(final Web web, final Listed listed, final Lane lane)
      throws IOException {
    final WebFile file = new WebFile(web, listed, lane, URI.create(listed.url()));
    file.fetchHead();
    return file;
  }

  /**
   * The text of a small file.
   *
   * @throws FetchException when it cannot be had, or is larger than allowed
   */
  public static String text(final Web web, final Listed listed, final Lane lane, final int maxBytes)
      throws IOException {
    try (WebFile file = open(web, listed, lane)) {
      if (file.size() > maxBytes) {
        throw new FetchException(
            Reason.SITE_ERROR,
            "%s has %d bytes, allowed are %d".formatted(listed.uri(), file.size(), maxBytes));
      }
      return StandardCharsets.UTF_8.decode(file.read(0, (int) file.size())).toString();
    }
  }

  @Override
  public String name() {
    return file.uri();
  }

  @Override
  public long size() {
    return size;
  }

  private void fetchHead() throws IOException {
    if (file.size() == 0) {
      head = ByteBuffer.allocate(0); // no range of it can be asked for
      return;
    }
    FetchException failure = null;
    for (int attempt = 1; attempt <= web.settings().attempts(); attempt++) {
      try (Answer answer = web.get(address, lane, range(0, HEAD))) {
        requireUse(answer);
        located = answer.uri();
        etag = answer.header("etag");
        size = totalSize(answer);
        requireListedSize();
        final byte[] bytes = answer.body().readNBytes((int) Math.min(HEAD, size));
        requireNoPage(answer, bytes);
        if (bytes.length == Math.min(HEAD, size)) {
          head = ByteBuffer.wrap(bytes);
          return;
        }
        failure = tooShort(bytes.length);
      } catch (final FetchException e) {
        if (!(e.getCause() instanceof IOException)) {
          throw e;
        }
        failure = e;
      }
    }
    throw failure;
  }

  /** Some publishers say in a header that machines should not learn from their files. */
  private void requireUse(final Answer answer) throws FetchException {
    final String robots = answer.header("x-robots-tag");
    if (robots != null && robots.toLowerCase(Locale.ROOT).matches("(?s).*\\bno(image)?ai\\b.*")) {
      throw new FetchException(
          Reason.OPTED_OUT, name() + ": its publisher says 'X-Robots-Tag: " + robots + "'");
    }
  }

  /** A file may begin with {@code <} as well: as the lowest byte of its header's length. */
  private void requireNoPage(final Answer answer, final byte[] bytes) throws FetchException {
    final boolean looksLikePage =
        bytes.length > 0 && bytes[0] == '<' && (bytes.length <= 8 || bytes[8] != '{');
    if (answer.isHtml() || looksLikePage) {
      throw new FetchException(
          Reason.HTML_INSTEAD,
          "%s: a web page of %d bytes came instead of the file".formatted(name(), size));
    }
  }

  private long totalSize(final Answer answer) throws FetchException {
    return answer
        .size()
        .orElseThrow(
            () ->
                new FetchException(
                    answer.isHtml() ? Reason.HTML_INSTEAD : Reason.SITE_ERROR,
                    "%s: the answer does not say how long the file is".formatted(name())));
  }

  private void requireListedSize() throws FetchException {
    final long tolerance = file.sha256() == null ? 0 : SIZE_TOLERANCE;
    if (file.size() != Listed.UNKNOWN && Math.abs(size - file.size()) > tolerance) {
      throw new FetchException(
          Reason.HASH_MISMATCH,
          "%s: it has %d bytes, the listing said %d".formatted(name(), size, file.size()));
    }
  }

  @Override
  public ByteBuffer read(final long position, final int length) throws IOException {
    if (position < 0 || length < 0 || position + length > size) {
      throw new EOFException(
          "%s: range %d+%d is outside %d bytes".formatted(name(), position, length, size));
    }
    if (position + length > head.limit()) {
      grow((int) (position + length));
    }
    return head.slice((int) position, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Long headers: what is read stays, the download goes on from there. */
  private void grow(final int end) throws IOException {
    final ByteBuffer longer = ByteBuffer.allocate(end).put(head.duplicate());
    download(
        head.limit(),
        end,
        (bytes, count) -> longer.put(bytes, 0, Math.min(count, longer.remaining())));
    head = longer.flip();
  }

  @Override
  public ByteSource whole(final Path scratch) throws IOException {
    final FileChannel channel = Scratch.create(scratch);
    try {
      final MessageDigest digest = DigestUtils.getSha256Digest();
      final DigestOutputStream out =
          new DigestOutputStream(Channels.newOutputStream(channel), digest);
      out.write(head.array(), 0, head.limit());
      download(head.limit(), size, (bytes, count) -> out.write(bytes, 0, count));
      final String found = HexFormat.of().formatHex(digest.digest());
      if (file.sha256() != null && !file.sha256().equals(found)) {
        throw new FetchException(
            Reason.HASH_MISMATCH,
            "%s: its SHA-256 is %s, the listing said %s".formatted(name(), found, file.sha256()));
      }
      return MappedFile.of(channel, name());
    } catch (final IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Takes what has come. */
  private interface Sink {
    void accept(byte[] bytes, int count) throws IOException;
  }

  /** Fetches {@code [from, to)}; a connection that breaks is taken up where it ended. */
  private void download(final long from, final long to, final Sink sink) throws IOException {
    long position = from;
    int failures = 0;
    while (position < to) {
      final long before = position;
      FetchException failure;
      try (Answer answer = rest(position, to)) {
        position += copy(skipTo(position, answer), to - position, sink);
        failure = tooShort(position);
      } catch (final FetchException e) {
        throw e;
      } catch (final Interruption e) {
        position += e.arrived;
        failure = e.cause;
      }
      failures = position > before ? 0 : failures + 1;
      if (position < to && failures >= web.settings().attempts()) {
        throw failure;
      }
    }
  }

  /** A body that broke off after some bytes. */
  private static final class Interruption extends IOException {
    private final long arrived;
    private final FetchException cause;

    Interruption(final long arrived, final FetchException cause) {
      super(cause);
      this.arrived = arrived;
      this.cause = cause;
    }
  }

  private static long copy(final InputStream in, final long most, final Sink sink)
      throws IOException {
    final byte[] buffer = new byte[64 << 10];
    long arrived = 0;
    while (arrived < most) {
      final int count;
      try {
        count = in.read(buffer, 0, (int) Math.min(buffer.length, most - arrived));
      } catch (final FetchException e) {
        throw new Interruption(arrived, e);
      }
      if (count < 0) {
        break;
      }
      sink.accept(buffer, count);
      arrived += count;
    }
    return arrived;
  }

  /** Asks the place of the first bytes; a signed link that has expired is asked for anew. */
  private Answer rest(final long position, final long to) throws FetchException {
    final Map<String, String> headers = new TreeMap<>(range(position, to));
    if (etag != null && !etag.startsWith("W/")) {
      headers.put("If-Range", etag);
    }
    if (!located.equals(address)) {
      try {
        return web.get(located, lane(located), headers);
      } catch (final FetchException e) {
        if (e.reason() != Reason.GATED && e.reason() != Reason.GONE) {
          throw e;
        }
      }
    }
    final Answer answer = web.get(address, lane, headers);
    located = answer.uri();
    return answer;
  }

  private Lane lane(final URI uri) {
    return Tokens.origin(uri).equals(Tokens.origin(address)) ? lane : Web.other(uri);
  }

  /** A server that does not know ranges sends all from the start. */
  private InputStream skipTo(final long position, final Answer answer) throws IOException {
    if (answer.isHtml()) {
      throw new FetchException(
          Reason.HTML_INSTEAD, name() + ": a web page came instead of the rest of the file");
    }
    if (etag != null && answer.header("etag") != null && !etag.equals(answer.header("etag"))) {
      throw new FetchException(
          Reason.HASH_MISMATCH, name() + ": it has changed while it was fetched");
    }
    final Matcher range = CONTENT_RANGE.matcher(String.valueOf(answer.header("content-range")));
    if (answer.status() == 206) {
      if (!range.matches()
          || Long.parseLong(range.group(1)) != position
          || Long.parseLong(range.group(3)) != size) {
        throw new FetchException(
            Reason.SITE_ERROR,
            "%s: asked for bytes from %d of %d, got '%s'"
                .formatted(name(), position, size, answer.header("content-range")));
      }
      return answer.body();
    }
    try {
      answer.body().skipNBytes(position);
    } catch (final EOFException e) {
      throw new FetchException(Reason.SITE_ERROR, name() + ": it ended before byte " + position, e);
    }
    return answer.body();
  }

  private FetchException tooShort(final long arrived) {
    return new FetchException(
        Reason.SITE_ERROR,
        "%s: it ended after %d bytes, %d were promised".formatted(name(), arrived, size),
        new EOFException());
  }

  private static Map<String, String> range(final long from, final long to) {
    return Map.of("Range", "bytes=" + from + "-" + (to - 1), "Accept-Encoding", "identity");
  }

  @Override
  public void close() {
    // Every answer was closed when it was read.
  }
}
