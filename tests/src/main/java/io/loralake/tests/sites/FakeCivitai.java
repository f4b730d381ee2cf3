package io.loralake.tests.sites;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Civitai's public API, field by field as https://developer.civitai.com/docs/api/public-rest and
 * https://developer.civitai.com/site/reference/ describe it. Cursors are opaque.
 */
public final class FakeCivitai extends SiteServer {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<Integer, ObjectNode> models = new ConcurrentSkipListMap<>();
  private final Map<Integer, Published> files = new ConcurrentHashMap<>(); // by version
  private final Map<Integer, Published> preferred = new ConcurrentHashMap<>(); // by version
  private final FakeCdn cdn;
  private volatile long apiQuota = Long.MAX_VALUE / 2;
  private volatile long downloadQuota = Long.MAX_VALUE / 2;
  private volatile String member;

  public FakeCivitai(final FakeCdn cdn) throws IOException {
    this.cdn = cdn;
  }

  public void setQuotas(final long api, final long downloads) {
    this.apiQuota = api;
    this.downloadQuota = downloads;
  }

  /** A token that may download what asks for a login. */
  public void setMember(final String token) {
    this.member = token;
  }

  /** Publishes a model with one version, whose id is ten times the model's. */
  public ObjectNode publish(final int id, final Published file) {
    final ObjectNode model = JSON.createObjectNode();
    model.put("id", id).put("name", "Model " + id);
    model.put("description", "<p>Paints <b>model " + id + "</b> &amp; more.</p>");
    model.put("allowNoCredit", true);
    model.putArray("allowCommercialUse").add("Image").add("RentCivit");
    model.put("allowDerivatives", true).put("allowDifferentLicense", false);
    model.put("type", "LORA").put("minor", false).put("poi", false);
    model.put("nsfw", false).put("nsfwLevel", 3).put("availability", "Public");
    model.putObject("stats").put("downloadCount", 100 + id).put("thumbsUpCount", 4);
    model.putObject("creator").put("username", "artist-" + id % 7);
    model.putArray("tags").add("style").add("tag" + id % 5);
    model.putArray("modelVersions");
    models.put(id, model);
    publish(id, 0, "Flux.1 D", file);
    return model;
  }

  /** Adds a version to a model; its id is ten times the model's and {@code index}. */
  public ObjectNode publish(
      final int id, final int index, final String baseModel, final Published file) {
    final ObjectNode version = ((ArrayNode) models.get(id).get("modelVersions")).addObject();
    final int versionId = 10 * id + index;
    version.put("id", versionId).put("index", index).put("name", "v1." + index);
    version.put("baseModel", baseModel).put("baseModelType", "Standard");
    version.put("publishedAt", "2025-03-01T10:00:00.000Z").put("availability", "Public");
    version.put("status", "Published").put("usageControl", "Download").put("nsfwLevel", 3);
    version.put("description", "<p>First version</p>");
    version.putArray("trainedWords").add("word" + id);
    version.put("downloadUrl", endpoint() + "/api/download/models/" + versionId);
    final ObjectNode entry = version.putArray("files").addObject();
    entry.put("id", 10 * versionId).put("sizeKB", file.size() / 1_024.0).put("name", file.name());
    entry.put("type", "Model").put("primary", true);
    entry.put("pickleScanResult", "Success").put("virusScanResult", "Success");
    entry.putObject("metadata").put("format", "SafeTensor");
    entry
        .putObject("hashes")
        .put("AutoV2", file.sha256().substring(0, 10).toUpperCase(Locale.ROOT))
        .put("SHA256", file.sha256().toUpperCase(Locale.ROOT));
    entry.put("downloadUrl", endpoint() + "/api/download/models/" + versionId);
    version.putArray("images");
    files.put(versionId, file);
    return version;
  }

  /** What an address without {@code fileId} leads to: the file that an account prefers. */
  public void prefer(final int versionId, final Published file) {
    preferred.put(versionId, file);
  }

  public ObjectNode model(final int id) {
    return models.get(id);
  }

  /** The first version of a model. */
  public ObjectNode version(final int id) {
    return (ObjectNode) models.get(id).get("modelVersions").get(0);
  }

  public void remove(final int id) {
    models.remove(id);
  }

  @Override
  protected void answer(final Exchange exchange) throws IOException {
    final String path = exchange.path();
    if (path.startsWith("/api/download/models/")) {
      if (!refuses(exchange, "downloads", downloadQuota)) {
        download(exchange, Integer.parseInt(path.substring(path.lastIndexOf('/') + 1)));
      }
    } else if (path.startsWith("/api/v1/") && !refuses(exchange, "api", apiQuota)) {
      api(exchange, path.substring("/api/v1/".length()));
    } else if (path.equals("/login")) {
      exchange.html(200, "<!DOCTYPE html><html>Sign in</html>");
    }
  }

  private void api(final Exchange exchange, final String path) throws IOException {
    final String[] parts = path.split("/", 2);
    if (path.equals("models")) {
      list(exchange);
    } else if (parts[0].equals("models") && models.containsKey(Integer.parseInt(parts[1]))) {
      exchange.json(200, models.get(Integer.parseInt(parts[1])));
    } else if (parts[0].equals("model-versions")) {
      version(exchange, Integer.parseInt(parts[1]));
    } else {
      exchange.json(404, JSON.createObjectNode().put("error", "No model with id " + path));
    }
  }

  private void version(final Exchange exchange, final int versionId) throws IOException {
    final ObjectNode model = models.get(versionId / 10);
    if (model == null || !model.get("modelVersions").has(versionId % 10)) {
      exchange.json(404, JSON.createObjectNode().put("error", "Model not found"));
      return;
    }
    final ObjectNode version = model.get("modelVersions").get(versionId % 10).deepCopy();
    version.put("modelId", model.get("id").asInt());
    final ObjectNode inner = version.putObject("model");
    for (final String field : List.of("name", "type", "nsfw", "poi")) {
      inner.set(field, model.get(field));
    }
    exchange.json(200, version);
  }

  private void list(final Exchange exchange) throws IOException {
    final int limit = Integer.parseInt(exchange.parameter("limit", "100"));
    if (limit > 100) {
      exchange.json(400, JSON.createObjectNode().put("error", "limit is at most 100"));
      return;
    }
    final int after = cursor(exchange);
    final ObjectNode answer = JSON.createObjectNode();
    final ArrayNode items = answer.putArray("items");
    Integer last = null;
    boolean more = false;
    for (final Map.Entry<Integer, ObjectNode> model : models.entrySet()) {
      if (model.getKey() > after && isAskedFor(exchange, model.getValue())) {
        if (items.size() == limit) {
          more = true;
          break;
        }
        items.add(shown(exchange, model.getValue()));
        last = model.getKey();
      }
    }
    final ObjectNode metadata = answer.putObject("metadata").put("pageSize", limit);
    if (more) {
      final String next =
          Base64.getEncoder().encodeToString(("id|" + last).getBytes(StandardCharsets.UTF_8));
      metadata.put("nextCursor", next);
      metadata.put("nextPage", endpoint() + "/api/v1/models?cursor=" + next);
    }
    exchange.json(200, answer);
  }

  private static int cursor(final Exchange exchange) {
    final String cursor = exchange.parameter("cursor", null);
    return cursor == null
        ? 0
        : Integer.parseInt(
            new String(Base64.getDecoder().decode(cursor), StandardCharsets.UTF_8).substring(3));
  }

  /** Without {@code nsfw=true} only the public levels (PG and PG-13) come. */
  private static boolean isAskedFor(final Exchange exchange, final JsonNode model) {
    final List<String> bases = exchange.parameters("baseModels");
    final List<String> types = exchange.parameters("types");
    return (exchange.parameter("nsfw", "false").equals("true")
            || model.get("nsfwLevel").asInt() < 4)
        && (types.isEmpty() || types.contains(model.get("type").asText()))
        && (bases.isEmpty() || !shown(exchange, model).get("modelVersions").isEmpty());
  }

  /** A list by base models shows no other versions: getModelsRaw in Civitai's model.service.ts. */
  private static ObjectNode shown(final Exchange exchange, final JsonNode model) {
    final List<String> bases = exchange.parameters("baseModels");
    final ObjectNode shown = model.deepCopy();
    final ArrayNode versions = shown.putArray("modelVersions");
    for (final JsonNode version : model.get("modelVersions")) {
      if (bases.isEmpty() || bases.contains(version.get("baseModel").asText())) {
        versions.add(version);
      }
    }
    return shown;
  }

  private void download(final Exchange exchange, final int versionId) throws IOException {
    final Published file =
        exchange.parameter("fileId", null) == null && preferred.containsKey(versionId)
            ? preferred.get(versionId)
            : files.get(versionId);
    if (file == null || !models.containsKey(versionId / 10)) {
      exchange.json(404, JSON.createObjectNode().put("error", "Model not found"));
    } else if (version(versionId / 10).path("requiresLogin").asBoolean()
        && !String.valueOf(exchange.token()).equals(member)) {
      exchange.redirect(307, endpoint() + "/login?returnUrl=%2Fmodels&reason=download-auth");
    } else {
      exchange.redirect(307, cdn.link(file));
    }
  }
}
