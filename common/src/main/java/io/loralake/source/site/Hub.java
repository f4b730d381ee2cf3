package io.loralake.source.site;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.rejection.Reason;
import io.loralake.source.FetchException;
import io.loralake.source.Listed;
import io.loralake.source.SourceFile;
import io.loralake.source.web.JsonPage;
import io.loralake.source.web.Lane;
import io.loralake.source.web.Tokens;
import io.loralake.source.web.Web;
import io.loralake.source.web.WebFile;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The Hugging Face Hub. Sources: {@code hf://owner/name[@revision]}, {@code hf://owner}, {@code
 * hf://?filter=lora&base=OWNER/NAME&author=..&search=..&limit=N}.
 *
 * <p>API: https://huggingface.co/docs/hub/api (list and info of models), limits:
 * https://huggingface.co/docs/hub/rate-limits.
 */
public final class Hub implements Site {
  public static final String SCHEME = "hf";

  /** The forms of a source without its parameters. */
  static final String PATHS = "[^/@]*(/[^/@]+(@.+)?)?";

  public static final String ENDPOINT = "https://huggingface.co";

  private static final String COMMIT = "commit:";
  private static final int PAGE = 100;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Web web;
  private final String endpoint;
  private final boolean knownToSite;
  private final Lane api;
  private final Lane resolvers;

  public Hub(final Web web, final String endpoint) {
    final URI site = URI.create(endpoint);
    this.web = web;
    this.endpoint = endpoint;
    this.knownToSite = web.settings().tokens().has(site);
    this.api = new Lane(site.getAuthority() + " api", knownToSite ? 1_000 : 500, 300);
    this.resolvers = new Lane(site.getAuthority() + " resolvers", knownToSite ? 5_000 : 3_000, 300);
  }

  @Override
  public Page page(final SiteUri source, final String next) throws FetchException {
    if (source.path().contains("/")) {
      final String[] parts = source.path().split("@", 2);
      final String key =
          SCHEME + "://" + parts[0] + (parts.length > 1 ? "@" + segment(parts[1]) : "");
      return new Page(item(key, null).map(List::of).orElse(List.of()), null);
    }
    final int limit = source.limit();
    final Cursor cursor = Cursor.parse(next);
    final URI address = URI.create(cursor.place() == null ? first(source) : cursor.place());
    final JsonPage page = JsonPage.get(web, address, api);
    if (!page.json().isArray()) {
      throw new FetchException(
          Reason.SITE_ERROR, address.getPath() + ": the list of models is not an array");
    }
    final List<Item> items = new ArrayList<>();
    for (final JsonNode model : page.json()) {
      if (cursor.before() + items.size() < limit) {
        items.add(listed(model));
      }
    }
    final int listed = cursor.before() + items.size();
    final boolean more = page.next() != null && listed < limit;
    return new Page(
        items, more ? new Cursor(listed, sameSite(page.next()).toString()).toString() : null);
  }

  private String first(final SiteUri source) {
    final StringBuilder query =
        new StringBuilder("full=true&cardData=true&limit=").append(Math.min(PAGE, source.limit()));
    if (!source.path().isEmpty()) {
      query.append("&author=").append(SiteUri.encode(source.path()));
    }
    for (final SiteUri.Parameter parameter : source.parameters()) {
      switch (parameter.name()) {
        case "limit" -> {}
        case "base" ->
            query
                .append("&filter=")
                .append(SiteUri.encode("base_model:adapter:" + parameter.value()));
        default -> query.append('&').append(parameter.encoded());
      }
    }
    return endpoint + "/api/models?" + query;
  }

  private URI sameSite(final URI next) throws FetchException {
    if (!Tokens.origin(next).equals(Tokens.origin(URI.create(endpoint)))) {
      throw new FetchException(
          Reason.SITE_ERROR, "The next page of the list lies at another host: " + next.getHost());
    }
    return next;
  }

  private Item listed(final JsonNode model) throws FetchException {
    final String id = model.path("id").asText(model.path("modelId").asText());
    if (id.isEmpty()) {
      throw new FetchException(Reason.SITE_ERROR, "A model of the list has no id");
    }
    final JsonNode sha = model.path("sha");
    return new Item(
        SCHEME + "://" + id, sha.isTextual() ? revision(sha.asText(), model) : null, null);
  }

  /** What may be fetched depends on who asks as well, and no commit tells that gates open. */
  private String revision(final String sha, final JsonNode model) {
    return sha + (isGated(model) ? " gated" : "") + (knownToSite ? " with token" : "");
  }

  private static boolean isGated(final JsonNode model) {
    return !model.path("gated").asText("false").equals("false");
  }

  @Override
  public Optional<Item> item(final String key, final String revision) throws FetchException {
    final String[] parts = key.substring(SCHEME.length() + 3).split("@", 2);
    final String named = parts.length > 1 ? parts[1] : null; // is a segment already
    final String asked = revision == null ? named : segment(revision.split(" ")[0]);
    final String at = asked == null ? "" : "/revision/" + asked;
    final URI address = URI.create(endpoint + "/api/models/" + path(parts[0]) + at + "?blobs=true");
    try {
      final Item item = item(key, parts[0], JsonPage.get(web, address, api).json());
      return Optional.of(
          revision == null ? item : new Item(key, revision, item.offers())); // known as listed
    } catch (final FetchException e) {
      if (e.reason() == Reason.GONE) {
        return Optional.empty();
      }
      throw e.reason() == Reason.GATED && !knownToSite ? stranger(key, e) : e;
    }
  }

  /** Who sends no token hears of a wrong password, whether there is such a repository or not. */
  private static FetchException stranger(final String key, final FetchException refusal) {
    return new FetchException(
        Reason.GATED,
        "%s: there may be no such repository, or it is private and needs a token: %s"
            .formatted(key, refusal.getMessage()),
        refusal);
  }

  private Item item(final String key, final String id, final JsonNode model) throws FetchException {
    final String sha = model.path("sha").asText();
    if (!sha.matches("[0-9a-f]{40}") || !model.path("siblings").isArray()) {
      throw new FetchException(Reason.SITE_ERROR, key + ": the answer has no file list");
    }
    final About about = about(id, model);
    final List<Offer> offers = new ArrayList<>();
    for (final JsonNode sibling : model.get("siblings")) {
      final String name = sibling.path("rfilename").asText();
      final String fileName = Listed.name(name);
      if (fileName.startsWith(".")) {
        continue;
      }
      if (Listed.isAdapter(fileName)) {
        final Listed file = file(key, id, sha, name, sibling);
        offers.add(
            model.path("disabled").asBoolean()
                ? Offer.refused(file, Reason.GATED, "the Hub has disabled the repository")
                : isGated(model) && !knownToSite
                    ? Offer.refused(file, Reason.GATED, "a gated repository: it needs a token")
                    : Offer.of(file, about));
      } else if (Listed.isPickle(fileName)) {
        offers.add(
            Offer.refused(
                file(key, id, sha, name, sibling),
                Reason.NOT_SAFETENSORS,
                "a pickle, which is never fetched"));
      }
    }
    return new Item(key, revision(sha, model), offers);
  }

  private Listed file(
      final String key,
      final String id,
      final String sha,
      final String name,
      final JsonNode sibling) {
    final JsonNode lfs = sibling.path("lfs");
    final JsonNode size = lfs.has("size") ? lfs.get("size") : sibling.path("size");
    final JsonNode hash = lfs.path("sha256");
    return new Listed(
        key + "/" + name,
        COMMIT + sha,
        size.isIntegralNumber() ? size.asLong() : Listed.UNKNOWN,
        hash.isTextual() ? hash.asText() : null,
        endpoint + "/" + path(id) + "/resolve/" + sha + "/" + path(name));
  }

  /** The model card's front matter, as the Hub has read it. */
  private static About about(final String id, final JsonNode model) {
    final ObjectNode card =
        model.path("cardData").isObject()
            ? model.get("cardData").deepCopy()
            : JSON.createObjectNode();
    if (!card.has("tags") && model.path("tags").isArray()) {
      card.set("tags", model.get("tags"));
    }
    card.put("title", id.substring(id.indexOf('/') + 1));
    card.put("author", id.contains("/") ? id.substring(0, id.indexOf('/')) : null);
    return new About("README.md", "---\n" + card + "\n---\n");
  }

  @Override
  public SourceFile open(final Listed file) throws IOException {
    return WebFile.open(web, file, resolvers);
  }

  @Override
  public Optional<String> beside(
      final String uri, final String revision, final String name, final int maxBytes)
      throws IOException {
    final String[] parts = uri.substring(SCHEME.length() + 3).split("/", 3); // owner, name, file
    final String[] named = parts[1].split("@", 2);
    final String asked = named.length > 1 ? named[1] : "main"; // is a segment already
    final String folder = parts[2].substring(0, parts[2].lastIndexOf('/') + 1);
    final Listed file =
        new Listed(
            Listed.folder(uri) + "/" + name,
            revision,
            Listed.UNKNOWN,
            null,
            String.join(
                "/",
                endpoint,
                path(parts[0] + "/" + named[0]),
                "resolve",
                revision.startsWith(COMMIT) ? revision.substring(COMMIT.length()) : asked,
                path(folder + name)));
    try {
      return Optional.of(WebFile.text(web, file, resolvers, maxBytes));
    } catch (final FetchException e) {
      if (e.reason() == Reason.GONE) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String path(final String name) {
    final List<String> parts = new ArrayList<>();
    for (final String part : name.split("/", -1)) {
      parts.add(segment(part));
    }
    return String.join("/", parts);
  }

  private static String segment(final String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
