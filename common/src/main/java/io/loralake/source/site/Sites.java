package io.loralake.source.site;

import io.loralake.rejection.Reason;
import io.loralake.source.FetchException;
import io.loralake.source.Listed;
import io.loralake.source.SourceFile;
import io.loralake.source.web.Lane;
import io.loralake.source.web.PublicAddress;
import io.loralake.source.web.Web;
import io.loralake.source.web.WebFile;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The sites that this installation knows. */
public final class Sites {
  private static final int REQUESTS_PER_MINUTE = 600;

  /** The repository or model at the head of a file's URI. */
  private static final Pattern ITEM = Pattern.compile("^\\w+://[^/]+/[^/]+(?=/)");

  private static final String COMMIT = "commit:";

  /** What a host answers that does not tell whether a file is there. */
  private static final Set<Reason> NOTHING_THERE =
      Set.of(Reason.GONE, Reason.GATED, Reason.HTML_INSTEAD);

  private final Web web;
  private final Site hub;
  private final Site civitai;

  public Sites(final Web web, final SiteSettings settings) {
    this.web = web;
    this.hub = new Hub(web, settings.hubEndpoint());
    this.civitai =
        new Civitai(web, settings.civitaiEndpoint(), settings.civitaiRequestsPerMinute());
  }

  /** Whether a source lies on a site that is listed page by page. */
  public static boolean isSite(final String source) {
    return source.startsWith(Hub.SCHEME + "://") || source.startsWith(Civitai.SCHEME + "://");
  }

  /** Whether a source names one repository, revision or model. */
  public static boolean isOne(final String source) {
    final SiteUri uri = SiteUri.parse(source);
    return uri.path().contains("/");
  }

  /**
   * What to list of a site.
   *
   * @throws IllegalArgumentException naming a source that no site lists
   */
  public static SiteUri source(final String source) {
    final SiteUri uri = SiteUri.parse(source);
    final String forms = uri.scheme().equals(Hub.SCHEME) ? Hub.PATHS : Civitai.PATHS;
    if (!uri.path().matches(forms)) {
      throw new IllegalArgumentException(
          "Source %s is none of hf://OWNER, hf://OWNER/NAME[@REVISION], hf://?NAME=VALUE,"
                  .formatted(source)
              + " civitai://models/ID, civitai://model-versions/ID, civitai://?NAME=VALUE");
    }
    uri.limit();
    return uri;
  }

  /** Whether a file comes from the web and not from a file system. */
  public static boolean isWeb(final String uri) {
    return isSite(uri) || uri.startsWith("https://") || uri.startsWith("http://");
  }

  /**
   * The site of a URI.
   *
   * @throws IllegalArgumentException when there is none with its scheme
   */
  public Site of(final String uri) {
    return switch (uri.substring(0, Math.max(0, uri.indexOf(':')))) {
      case Hub.SCHEME -> hub;
      case Civitai.SCHEME -> civitai;
      default -> throw new IllegalArgumentException(uri + " is no hf: and no civitai: URI");
    };
  }

  /** Opens a file for which {@link #isWeb} holds. */
  public SourceFile open(final Listed file) throws IOException {
    return isSite(file.uri())
        ? of(file.uri()).open(file)
        : WebFile.open(web, file, lane(URI.create(file.url())));
  }

  /**
   * Opens a file of which a catalog knows where it was found; its site is asked for the address.
   *
   * @param uri one for which {@link #isWeb} holds
   * @param revision as the listing told it; where it is not a commit, the newest is asked for
   * @param sha256 of its bytes: no others are handed out
   * @throws FetchException GONE when the site no longer has it, or why it is not to be fetched
   */
  public SourceFile find(final String uri, final String revision, final String sha256)
      throws IOException {
    if (!isSite(uri)) {
      return open(new Listed(uri, revision, Listed.UNKNOWN, sha256, uri));
    }
    final Matcher item = ITEM.matcher(uri);
    if (!item.find()) {
      throw new IllegalArgumentException(uri + " names no file of a site");
    }
    final String commit = revision.startsWith(COMMIT) ? revision.substring(COMMIT.length()) : null;
    final Offer offer =
        of(uri).item(item.group(), commit).stream()
            .flatMap(found -> found.offers().stream())
            .filter(it -> it.file().uri().equals(uri))
            .findFirst()
            .orElseThrow(
                () -> new FetchException(Reason.GONE, uri + ": the site no longer has it"));
    if (offer.refusal() != null) {
      throw new FetchException(offer.refusal(), offer.message());
    }
    return open(new Listed(uri, revision, offer.file().size(), sha256, offer.file().url()));
  }

  /**
   * The text that lies beside a file; empty where its site has none of that name, or no folders.
   *
   * @param file one for which {@link #isWeb} holds; where its revision is not a commit, the newest
   *     text is asked for
   */
  public Optional<String> beside(final Listed file, final String name, final int maxBytes)
      throws IOException {
    return isSite(file.uri())
        ? of(file.uri()).beside(file.uri(), file.revision(), name, maxBytes)
        : besideAddress(file, name, maxBytes);
  }

  private Optional<String> besideAddress(final Listed file, final String name, final int maxBytes)
      throws IOException {
    final URI own = URI.create(file.url() == null ? file.uri() : file.url());
    final String query = own.getRawQuery(); // may hold a token that is good for both
    final String address = own.resolve(name) + (query == null ? "" : "?" + query);
    final Listed beside =
        new Listed(PublicAddress.of(address), file.revision(), Listed.UNKNOWN, null, address);
    try {
      return Optional.of(WebFile.text(web, beside, lane(own), maxBytes));
    } catch (final FetchException e) {
      if (NOTHING_THERE.contains(e.reason())) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** For hosts of which nothing is known. */
  public static Lane lane(final URI uri) {
    return new Lane(uri.getAuthority(), REQUESTS_PER_MINUTE, 60);
  }

  /** Whether nothing is waited for beyond some time. */
  public boolean hasDeadline() {
    return web.settings().deadlineMillis() < Long.MAX_VALUE;
  }

  public Web web() {
    return web;
  }
}
