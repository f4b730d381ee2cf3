package io.loralake.tests.sites;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The Hub's part that concerns models: list, info, files; {@code huggingface_hub} works with it.
 * Limits as https://huggingface.co/docs/hub/rate-limits states them.
 */
public final class FakeHub extends SiteServer {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Repository> repositories = new ConcurrentSkipListMap<>();
  private final FakeCdn cdn;
  private volatile String member;
  private volatile long apiQuota = 500;
  private volatile long resolverQuota = 3_000;

  public FakeHub(final FakeCdn cdn) throws IOException {
    this.cdn = cdn;
  }

  /**
   * A model repository.
   *
   * @param card front matter of its README.md, as YAML
   * @param gated {@code false}, {@code auto} or {@code manual}
   */
  public record Repository(
      String id, List<Published> files, String card, String gated, boolean isPrivate) {

    String sha() {
      final ArrayNode all = JSON.createArrayNode().add(id).add(card);
      files.forEach(file -> all.add(file.name()).add(file.sha256()));
      return Published.sha1(all);
    }

    String readme() {
      return "---\n" + card + "\n---\n# " + id + "\n";
    }
  }

  public void publish(final Repository repository) {
    repositories.put(repository.id(), repository);
  }

  public void publish(final String id, final Published file, final String card) {
    publish(new Repository(id, List.of(file), card, "false", false));
  }

  public void remove(final String id) {
    repositories.remove(id);
  }

  /** The token of somebody who is let in everywhere. */
  public void setMember(final String token) {
    this.member = token;
  }

  public void setQuotas(final long api, final long resolvers) {
    this.apiQuota = api;
    this.resolverQuota = resolvers;
  }

  @Override
  protected void answer(final Exchange exchange) throws IOException {
    final String path = exchange.path();
    if (path.startsWith("/api/")) {
      if (!refuses(exchange, "api", apiQuota)) {
        api(exchange, path);
      }
    } else if (path.contains("/resolve/")) {
      if (!refuses(exchange, "resolvers", resolverQuota)) {
        resolve(exchange, path);
      }
    } else {
      exchange.html(404, "<html>Not found</html>");
    }
  }

  private void api(final Exchange exchange, final String path) throws IOException {
    if (path.equals("/api/models")) {
      list(exchange);
      return;
    }
    final String[] parts = path.substring("/api/models/".length()).split("/", 5);
    final Repository repository = repositories.get(parts[0] + "/" + parts[1]);
    if (repository == null || repository.isPrivate() && !isMember(exchange)) {
      missing(exchange);
    } else if (parts.length == 4
        && parts[2].equals("revision")
        && !parts[3].equals("main")
        && !parts[3].equals(repository.sha())) {
      error(exchange, 404, "RevisionNotFound", "Invalid rev id: " + parts[3]);
    } else {
      exchange.json(200, info(repository, true, exchange.parameter("blobs", null) != null));
    }
  }

  private boolean isMember(final Exchange exchange) {
    return exchange.token() != null && exchange.token().equals(member);
  }

  /** Who is not known hears 401 for what is missing as well. */
  private void missing(final Exchange exchange) throws IOException {
    error(exchange, isMember(exchange) ? 404 : 401, "RepoNotFound", "Repository not found");
  }

  private static void error(
      final Exchange exchange, final int status, final String code, final String message)
      throws IOException {
    exchange
        .with("X-Error-Code", code)
        .with("X-Error-Message", message)
        .json(status, JSON.createObjectNode().put("error", message));
  }

  private void list(final Exchange exchange) throws IOException {
    final int limit = Math.min(1_000, Integer.parseInt(exchange.parameter("limit", "1000")));
    final String after = cursor(exchange);
    final ArrayNode page = JSON.createArrayNode();
    String last = null;
    boolean more = false;
    for (final Repository repository : repositories.values()) {
      if (repository.id().compareTo(after) > 0 && isAskedFor(exchange, repository)) {
        if (page.size() == limit) {
          more = true;
          break;
        }
        page.add(info(repository, exchange.parameter("full", null) != null, false));
        last = repository.id();
      }
    }
    if (more) {
      exchange.with("Link", "<" + next(exchange, last) + ">; rel=\"next\"");
    }
    exchange.json(200, page);
  }

  private static String cursor(final Exchange exchange) {
    final String cursor = exchange.parameter("cursor", "");
    return new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
  }

  private String next(final Exchange exchange, final String last) {
    final String query =
        exchange.http().getRequestURI().getRawQuery().replaceAll("&?cursor=[^&]*", "");
    return endpoint()
        + "/api/models?"
        + query
        + "&cursor="
        + Base64.getUrlEncoder().encodeToString(last.getBytes(StandardCharsets.UTF_8));
  }

  private boolean isAskedFor(final Exchange exchange, final Repository repository)
      throws IOException {
    final String author = exchange.parameter("author", null);
    final List<String> tags = new ArrayList<>();
    tags(repository).forEach(tag -> tags.add(tag.asText()));
    return (author == null || repository.id().startsWith(author + "/"))
        && (!repository.isPrivate() || isMember(exchange))
        && tags.containsAll(exchange.parameters("filter"));
  }

  private static ArrayNode tags(final Repository repository) throws IOException {
    final ArrayNode tags = JSON.createArrayNode();
    final var card = new YAMLMapper().readTree(repository.card());
    card.path("tags").forEach(tags::add);
    if (card.hasNonNull("base_model")) {
      tags.add("base_model:adapter:" + card.get("base_model").asText());
    }
    if (card.hasNonNull("license")) {
      tags.add("license:" + card.get("license").asText());
    }
    return tags;
  }

  private ObjectNode info(final Repository repository, final boolean full, final boolean blobs)
      throws IOException {
    final ObjectNode info = JSON.createObjectNode();
    info.put("_id", Published.sha1(info.textNode(repository.id())).substring(0, 24));
    info.put("id", repository.id());
    info.put("modelId", repository.id());
    info.put("private", repository.isPrivate());
    info.put("downloads", 7).put("likes", 1);
    info.set("tags", tags(repository));
    info.put("createdAt", "2025-01-01T00:00:00.000Z");
    if (!full) {
      return info;
    }
    info.put("author", repository.id().replaceFirst("/.*", ""));
    info.put("sha", repository.sha());
    info.put("lastModified", "2025-06-01T00:00:00.000Z");
    info.put("disabled", false);
    if (repository.gated().equals("false")) {
      info.put("gated", false);
    } else {
      info.put("gated", repository.gated());
    }
    info.set("cardData", new YAMLMapper().readTree(repository.card()));
    final ArrayNode siblings = info.putArray("siblings");
    for (final Map.Entry<String, Published> file : files(repository).entrySet()) {
      final ObjectNode sibling = siblings.addObject().put("rfilename", file.getKey());
      if (blobs) {
        blob(repository, file, sibling);
      }
    }
    return info;
  }

  /** README.md is in Git itself, adapters are in LFS. */
  private static Map<String, Published> files(final Repository repository) {
    final Map<String, Published> files = new LinkedHashMap<>();
    files.put("README.md", null);
    repository.files().forEach(file -> files.put(file.name(), file));
    return files;
  }

  private static void blob(
      final Repository repository,
      final Map.Entry<String, Published> file,
      final ObjectNode sibling) {
    final Published published = file.getValue();
    sibling.put("blobId", Published.sha1(sibling.textNode(file.getKey() + repository.sha())));
    if (published == null) {
      sibling.put("size", repository.readme().getBytes(StandardCharsets.UTF_8).length);
      return;
    }
    sibling.put("size", published.size());
    sibling
        .putObject("lfs")
        .put("sha256", published.sha256())
        .put("size", published.size())
        .put("pointerSize", 134);
  }

  private void resolve(final Exchange exchange, final String path) throws IOException {
    final String[] parts = path.substring(1).split("/", 5); // owner, name, resolve, revision, file
    final Repository repository = repositories.get(parts[0] + "/" + parts[1]);
    if (repository == null || repository.isPrivate() && !isMember(exchange)) {
      missing(exchange);
      return;
    }
    if (!repository.gated().equals("false") && !isMember(exchange)) {
      error(
          exchange,
          exchange.token() == null ? 401 : 403,
          "GatedRepo",
          "Access to model " + repository.id() + " is restricted");
      return;
    }
    exchange.with("X-Repo-Commit", repository.sha());
    if (!parts[3].equals("main") && !parts[3].equals(repository.sha())) {
      error(exchange, 404, "RevisionNotFound", "Invalid rev id: " + parts[3]);
      return;
    }
    if (parts[4].equals("README.md")) {
      exchange
          .with("ETag", "\"" + repository.sha() + "\"")
          .with("Content-Type", "text/plain; charset=utf-8")
          .bytes(200, repository.readme().getBytes(StandardCharsets.UTF_8));
      return;
    }
    final Published file = files(repository).get(parts[4]);
    if (file == null) {
      error(exchange, 404, "EntryNotFound", "Entry not found");
      return;
    }
    exchange
        .with("X-Linked-Size", String.valueOf(file.size()))
        .with("X-Linked-Etag", "\"" + file.sha256() + "\"")
        .redirect(302, cdn.link(file));
  }
}
