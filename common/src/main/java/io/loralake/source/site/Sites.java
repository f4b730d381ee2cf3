package io.loralake.source.site;

import io.loralake.source.Listed;
import io.loralake.source.SourceFile;
import io.loralake.source.web.Lane;
import io.loralake.source.web.Web;
import io.loralake.source.web.WebFile;
import java.io.IOException;
import java.net.URI;

/** The sites that this installation knows. */
public final class Sites {
  private static final int REQUESTS_PER_MINUTE = 600;

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
