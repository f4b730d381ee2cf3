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
import io.loralake.source.web.Web;
import io.loralake.source.web.WebFile;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Civitai. Sources: {@code civitai://?types=LORA&baseModels=Flux.1 D&sort=..&period=..&tag=..
 * &username=..&limit=N}, {@code civitai://models/ID}, {@code civitai://model-versions/ID}.
 *
 * <p>API: https://developer.civitai.com/docs/api/public-rest and
 * https://developer.civitai.com/site/reference/. Mature models are asked for unless the source says
 * {@code nsfw=false}: their level is stored, leaving out is for whoever reads.
 */
public final class Civitai implements Site {
  public static final String SCHEME = "civitai";

  /** The forms of a source without its parameters. */
  static final String PATHS = "|(models|model-versions)/\\d+";

  public static final String ENDPOINT = "https://civitai.com";

  private static final int PAGE = 100;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String[] PERMISSIONS = {
    "allowNoCredit", "allowCommercialUse", "allowDerivatives", "allowDifferentLicense"
  };

  private static final Pattern ADDRESS = Pattern.compile("https?://\\S+");

  private final Web web;
  private final String endpoint;
  private final Lane api;
  private final Lane downloads;

  /**
   * @param requestsPerMinute of each kind; the site does not state its limits
   */
  public Civitai(final Web web, final String endpoint, final int requestsPerMinute) {
    final String host = URI.create(endpoint).getAuthority();
    this.web = web;
    this.endpoint = endpoint;
    this.api = new Lane(host + " api", requestsPerMinute, 60);
    this.downloads = new Lane(host + " downloads", requestsPerMinute, 60);
  }

  @Override
  public Page page(final SiteUri source, final String next) throws FetchException {
    if (!source.path().isEmpty()) {
      final String key = SCHEME + "://" + source.path();
      return new Page(item(key, null).map(List::of).orElse(List.of()), null);
    }
    final int limit = source.limit();
    final Cursor cursor = Cursor.parse(next);
    final StringBuilder query = new StringBuilder("limit=").append(Math.min(PAGE, source.limit()));
    for (final SiteUri.Parameter parameter : source.parameters()) {
      if (!parameter.name().equals("limit")) {
        query.append('&').append(parameter.encoded());
      }
    }
    if (!source.has("nsfw")) {
      query.append("&nsfw=true");
    }
    if (cursor.place() != null) {
      query.append("&cursor=").append(SiteUri.encode(cursor.place()));
    }
    final JsonNode page = ask("/api/v1/models?" + query);
    if (!page.path("items").isArray()) {
      throw new FetchException(Reason.SITE_ERROR, "A page of models of Civitai has no items");
    }
    final List<Item> items = new ArrayList<>();
    final int models = Math.min(page.get("items").size(), limit - cursor.before());
    for (int i = 0; i < models; i++) {
      items.addAll(versions(page.get("items").get(i)));
    }
    final int listed = cursor.before() + models;
    final JsonNode place = page.path("metadata").path("nextCursor");
    final boolean more = place.isValueNode() && !place.isNull() && listed < limit;
    return new Page(items, more ? new Cursor(listed, place.asText()).toString() : null);
  }

  /** A list by base models shows a part of a model's versions: each is an item of its own. */
  private static List<Item> versions(final JsonNode model) throws FetchException {
    final List<Item> items = new ArrayList<>();
    for (final JsonNode version : model.path("modelVersions")) {
      items.add(ofVersion(model, version));
    }
    return items;
  }

  private JsonNode ask(final String path) throws FetchException {
    return JsonPage.get(web, URI.create(endpoint + path), api).json();
  }

  @Override
  public Optional<Item> item(final String key, final String revision) throws FetchException {
    final String path = key.substring(SCHEME.length() + 3);
    try {
      final JsonNode answer = ask("/api/v1/" + path);
      return Optional.of(path.startsWith("models/") ? item(answer) : withModel(answer));
    } catch (final FetchException e) {
      if (e.reason() == Reason.GONE) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Item item(final JsonNode model) throws FetchException {
    final String key = key("models", model);
    final List<Offer> offers = new ArrayList<>();
    for (final JsonNode version : model.path("modelVersions")) {
      offers.addAll(offers(key, model, version));
    }
    return new Item(key, fingerprint(offers), offers);
  }

  private static String key(final String kind, final JsonNode it) throws FetchException {
    if (!it.path("id").isIntegralNumber()) {
      throw new FetchException(Reason.SITE_ERROR, "One of Civitai's " + kind + " has no id");
    }
    return SCHEME + "://" + kind + "/" + it.get("id").asText();
  }

  /** A version's own answer says neither {@code minor} nor creator, tags and permissions. */
  private Item withModel(final JsonNode version) throws FetchException {
    final String id = version.path("modelId").asText();
    try {
      final JsonNode model = ask("/api/v1/models/" + id);
      for (final JsonNode listed : model.path("modelVersions")) {
        if (listed.path("id").asText().equals(version.path("id").asText())) {
          return ofVersion(model, listed);
        }
      }
      return ofVersion(model, version);
    } catch (final FetchException e) {
      if (e.reason() != Reason.GONE) {
        throw e;
      }
    }
    final ObjectNode model =
        version.path("model").isObject()
            ? version.get("model").deepCopy()
            : JSON.createObjectNode();
    model.set("id", version.path("modelId"));
    return ofVersion(model, version);
  }

  private static Item ofVersion(final JsonNode model, final JsonNode version)
      throws FetchException {
    final List<Offer> offers = offers(key("models", model), model, version);
    return new Item(key("model-versions", version), fingerprint(offers), offers);
  }

  private static String fingerprint(final List<Offer> offers) {
    return hash(Objects.toString(offers));
  }

  private static String hash(final String text) {
    return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** One of each model file that is a SafeTensor; a version without any is refused itself. */
  private static List<Offer> offers(
      final String key, final JsonNode model, final JsonNode version) {
    final String versionKey = key + "/versions/" + version.path("id").asText();
    final List<Offer> offers = new ArrayList<>();
    for (final JsonNode file : version.path("files")) {
      if (isUsable(file)) {
        offers.add(offer(versionKey, model, version, file));
      }
    }
    if (offers.isEmpty()) {
      final boolean archived = version.path("files").isEmpty();
      offers.add(
          Offer.refused(
              new Listed(versionKey, "none", Listed.UNKNOWN),
              archived ? Reason.GATED : Reason.NOT_SAFETENSORS,
              archived
                  ? "the site shows no files of this version"
                  : "none of its files is a SafeTensor; pickles are never fetched"));
    }
    return offers;
  }

  private static boolean isUsable(final JsonNode file) {
    return file.path("metadata").path("format").asText("SafeTensor").equals("SafeTensor")
        && Listed.isAdapter(file.path("name").asText())
        && file.path("type").asText("Model").matches("Model|Pruned Model");
  }

  private static Offer offer(
      final String versionKey, final JsonNode model, final JsonNode version, final JsonNode file) {
    final About about = about(model, version);
    final Listed listed = listed(versionKey, version, file, about);
    final Reason refusal = refusal(model, version, file);
    if (refusal != null) {
      return Offer.refused(listed, refusal, refusalText(refusal, model, version, file));
    }
    return ADDRESS.matcher(listed.url()).matches()
        ? Offer.of(listed, about)
        : Offer.refused(listed, Reason.GATED, "the site tells no address to download it from");
  }

  private static Listed listed(
      final String versionKey, final JsonNode version, final JsonNode file, final About about) {
    final String hash = file.path("hashes").path("SHA256").asText().toLowerCase(Locale.ROOT);
    final String sha256 = hash.matches("[0-9a-f]{64}") ? hash : null;
    return new Listed(
        versionKey + "/" + file.path("id").asText() + "/" + file.path("name").asText(),
        "sha256:" + sha256 + "|about:" + hash(about.text()),
        file.path("sizeKB").isNumber()
            ? Math.round(file.get("sizeKB").asDouble() * 1_024)
            : Listed.UNKNOWN,
        sha256,
        address(version, file));
  }

  /** By the file's id: else the preferences of the token's account choose among a version's. */
  private static String address(final JsonNode version, final JsonNode file) {
    final String url =
        file.hasNonNull("downloadUrl")
            ? file.get("downloadUrl").asText()
            : version.path("downloadUrl").asText();
    return url.contains("/api/download/models/") && file.path("id").isIntegralNumber()
        ? url + (url.contains("?") ? "&" : "?") + "fileId=" + file.get("id").asText()
        : url;
  }

  private static Reason refusal(final JsonNode model, final JsonNode version, final JsonNode file) {
    if (isSet("poi", model, version) || isSet("minor", model, version) || isDangerous(file)) {
      return Reason.EXCLUDED;
    }
    if (version.path("availability").asText().equals("EarlyAccess")
        || version.path("paidAccess").isObject() // null when it is over
        || isEarly(version)) {
      return Reason.EARLY_ACCESS;
    }
    if (version.path("availability").asText().equals("Private")
        || model.path("availability").asText().equals("Private")
        || !version.path("status").asText("Published").equals("Published")
        || model.path("mode").asText().matches("Archived|TakenDown")) {
      return Reason.GATED;
    }
    return version.path("usageControl").asText("Download").equals("Download")
        ? null
        : Reason.OPTED_OUT;
  }

  private static String refusalText(
      final Reason reason, final JsonNode model, final JsonNode version, final JsonNode file) {
    return switch (reason) {
      case EXCLUDED ->
          isDangerous(file)
              ? "the site's scanners call the file dangerous"
              : "the site says that it shows a real person (poi) or a minor";
      case EARLY_ACCESS ->
          version.path("paidAccess").path("permanent").asBoolean()
              ? "its creator sells access to it"
              : "in early access until " + earlyUntil(version).asText("?");
      case OPTED_OUT -> "usageControl is " + version.path("usageControl").asText();
      default ->
          "availability '%s', status '%s', mode '%s'"
              .formatted(
                  version.path("availability").asText(),
                  version.path("status").asText(),
                  model.path("mode").asText());
    };
  }

  private static boolean isSet(final String flag, final JsonNode model, final JsonNode version) {
    return model.path(flag).asBoolean()
        || version.path(flag).asBoolean()
        || version.path("model").path(flag).asBoolean();
  }

  private static boolean isDangerous(final JsonNode file) {
    return file.path("pickleScanResult").asText().equals("Danger")
        || file.path("virusScanResult").asText().equals("Danger");
  }

  private static JsonNode earlyUntil(final JsonNode version) {
    return version.hasNonNull("earlyAccessEndsAt")
        ? version.get("earlyAccessEndsAt")
        : version.path("earlyAccessDeadline");
  }

  private static boolean isEarly(final JsonNode version) {
    final JsonNode end = earlyUntil(version);
    try {
      return end.isTextual() && Instant.parse(end.asText()).isAfter(Instant.now());
    } catch (final DateTimeParseException e) {
      return false;
    }
  }

  /** As download tools write it: the version, with its model inside; counts left out. */
  private static About about(final JsonNode model, final JsonNode version) {
    final ObjectNode info = JSON.createObjectNode();
    copy(version, info, "name", "baseModel", "trainedWords", "description", "nsfwLevel");
    copy(model, info, "creator");
    final ObjectNode inner = info.putObject("model");
    copy(model, inner, "name", "type", "description", "nsfwLevel", "tags");
    copy(model, inner, PERMISSIONS);
    return new About("civitai.info", info.toString());
  }

  private static void copy(final JsonNode from, final ObjectNode to, final String... fields) {
    for (final String field : fields) {
      if (from.hasNonNull(field)) {
        to.set(field, from.get(field));
      }
    }
  }

  @Override
  public SourceFile open(final Listed file) throws IOException {
    return WebFile.open(web, file, downloads);
  }
}
