package io.loralake.tests.sites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.rejection.Reason;
import io.loralake.safetensors.ByteSource;
import io.loralake.source.FetchException;
import io.loralake.source.Listed;
import io.loralake.source.SourceFile;
import io.loralake.source.site.Civitai;
import io.loralake.source.site.Hub;
import io.loralake.source.site.Item;
import io.loralake.source.site.Offer;
import io.loralake.source.site.Page;
import io.loralake.source.site.SiteUri;
import io.loralake.source.site.Sites;
import io.loralake.source.web.Answer;
import io.loralake.source.web.LocalRateLimiter;
import io.loralake.source.web.Tokens;
import io.loralake.source.web.Web;
import io.loralake.source.web.WebFile;
import io.loralake.source.web.WebSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sites that misbehave: every fault has its code, and no fault looks like an end or a success. */
@Timeout(60)
class FaultsTest {
  private static final String TOKEN = "hf_secret0123456789";
  private static final SiteUri ALL = SiteUri.parse("hf://?filter=lora");

  @TempDir private Path root;

  private FakeCdn cdn;
  private FakeHub hub;
  private FakeCivitai civitai;
  private Published file;
  private Web web;

  @BeforeEach
  void open() throws IOException {
    cdn = new FakeCdn();
    hub = new FakeHub(cdn);
    civitai = new FakeCivitai(cdn);
    file = published("a.safetensors", 1, 300_000);
    for (int i = 0; i < 250; i++) {
      hub.publish("owner/r%03d".formatted(i), file, "license: mit\ntags: [lora]");
    }
    web = web(Tokens.NONE);
  }

  @AfterEach
  void close() {
    hub.close();
    civitai.close();
    cdn.close();
  }

  private Published published(final String name, final int seed, final int size)
      throws IOException {
    final byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return Published.of(name, Files.write(root.resolve(seed + "-" + name), bytes));
  }

  private static Web web(final Tokens tokens) {
    return new Web(
        new WebSettings(
            "loralake-test",
            tokens,
            4,
            3,
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Long.MAX_VALUE),
        new LocalRateLimiter(1));
  }

  private Hub site() {
    return new Hub(web, hub.endpoint());
  }

  private static List<Item> all(final Hub hub, final SiteUri source) throws FetchException {
    final List<Item> items = new ArrayList<>();
    String cursor = null;
    do {
      final Page page = hub.page(source, cursor);
      items.addAll(page.items());
      cursor = page.next();
    } while (cursor != null);
    return items;
  }

  private Listed listed() throws FetchException {
    return site().item("hf://owner/r000", null).orElseThrow().offers().get(0).file();
  }

  private static Reason reason(final ThrowingCallable call) {
    return catchThrowableOfType(FetchException.class, call).reason();
  }

  @Test
  void aListingHasAllPages() throws FetchException {
    assertThat(all(site(), ALL)).hasSize(250).doesNotHaveDuplicates();
    assertThat(all(site(), SiteUri.parse("hf://?filter=lora&limit=120"))).hasSize(120);
    assertThat(hub.log()).extracting(SiteServer.Request::userAgent).containsOnly("loralake-test");
  }

  @Test
  void arefusalInMidListIsWaitedOut() throws FetchException {
    final AtomicInteger requests = new AtomicInteger();
    hub.breakWith(
        exchange -> {
          if (requests.incrementAndGet() != 2) {
            return false;
          }
          exchange.with("Retry-After", "1").html(429, "slow down");
          return true;
        });
    final long start = System.nanoTime();
    assertThat(all(site(), ALL)).hasSize(250);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(web.traffic().refusals()).isEqualTo(1);
    assertThat(web.traffic().waitedMillis()).isGreaterThanOrEqualTo(900);
  }

  @Test
  void aWaitThatIsTooLongIsSaid() {
    hub.breakWith(
        exchange -> {
          exchange.with("Retry-After", "3600").html(429, "slow down");
          return true;
        });
    assertThat(reason(() -> all(site(), ALL))).isEqualTo(Reason.RATE_LIMITED);
    assertThat(hub.log()).hasSize(1);
  }

  @Test
  void aServerThatFailsIsAskedAgainThenGivenUp() throws FetchException {
    final AtomicInteger requests = new AtomicInteger();
    hub.breakWith(
        exchange -> {
          if (requests.incrementAndGet() > 1) {
            return false;
          }
          exchange.html(500, "oops");
          return true;
        });
    assertThat(site().page(ALL, null).items()).hasSize(100);
    hub.breakWith(
        exchange -> {
          exchange.html(502, "oops");
          return true;
        });
    assertThat(reason(() -> site().page(ALL, null))).isEqualTo(Reason.SITE_ERROR);
  }

  @ParameterizedTest
  @CsvSource({
    "408, SITE_ERROR, 3",
    "410, GONE, 1",
    "429, RATE_LIMITED, 3",
    "451, GATED, 1",
    "501, SITE_ERROR, 1",
    "504, SITE_ERROR, 3"
  })
  void aStatusHasItsReasonAndIsAskedAgainWhereItMayPass(
      final int status, final Reason reason, final int requests) {
    hub.breakWith(
        exchange -> {
          exchange.with("Retry-After", "0").html(status, "no");
          return true;
        });
    assertThat(reason(() -> site().page(ALL, null))).isEqualTo(reason);
    assertThat(hub.log()).hasSize(requests);
  }

  @Test
  void aWebPageIsNoPageOfAListing() {
    hub.breakWith(
        exchange -> {
          exchange.html(200, "<html>captcha</html>");
          return true;
        });
    assertThat(reason(() -> all(site(), ALL))).isEqualTo(Reason.HTML_INSTEAD);
  }

  @Test
  void aPageWithoutItemsIsNoEnd() {
    civitai.breakWith(
        exchange -> {
          exchange.with("Content-Type", "application/json").bytes(200, "{}".getBytes(UTF));
          return true;
        });
    assertThat(reason(() -> civitai().page(SiteUri.parse("civitai://?types=LORA"), null)))
        .isEqualTo(Reason.SITE_ERROR);
  }

  private static final java.nio.charset.Charset UTF = java.nio.charset.StandardCharsets.UTF_8;

  private Civitai civitai() {
    return new Civitai(web, civitai.endpoint(), 60_000);
  }

  @Test
  void theNextPageMustLieAtTheSameHost() {
    hub.breakWith(
        exchange -> {
          exchange
              .with("Link", "<http://localhost:1/api/models?cursor=x>; rel=\"next\"")
              .with("Content-Type", "application/json")
              .bytes(200, "[]".getBytes(UTF));
          return true;
        });
    assertThat(reason(() -> site().page(ALL, null))).isEqualTo(Reason.SITE_ERROR);
  }

  @Test
  void theNextPageMayBeInAnyOfSeveralLinks() throws IOException {
    final String next = hub.endpoint() + "/api/models?cursor=x";
    hub.breakWith(
        exchange -> {
          exchange
              .with("Link", "</style.css>; rel=preload")
              .with("Link", "<" + next + ">; rel=\"next\"")
              .with("Content-Type", "application/json")
              .bytes(200, "[]".getBytes(UTF));
          return true;
        });
    assertThat(site().page(ALL, null).next()).isEqualTo("0 " + next);
  }

  @Test
  void aFileComesWholeAndLeavesNothing() throws IOException {
    final Path scratch = root.resolve("scratch");
    try (SourceFile remote = site().open(listed());
        ByteSource whole = remote.whole(scratch)) {
      assertThat(bytes(whole)).isEqualTo(file.bytes());
      assertThat(scratch).isEmptyDirectory();
    }
    assertThat(web.traffic().bytes()).isLessThan(file.size() + 10_000);
    assertThat(cdn.log()).hasSize(2);
  }

  private static byte[] bytes(final ByteSource source) throws IOException {
    final byte[] bytes = new byte[(int) source.size()];
    source.read(0, bytes.length).get(bytes);
    return bytes;
  }

  @Test
  void aBrokenConnectionIsTakenUpWhereItEnded() throws IOException {
    final byte[] bytes = file.bytes();
    final AtomicInteger broken = new AtomicInteger();
    cdn.breakWith(
        exchange -> {
          if (broken.incrementAndGet() % 2 == 1 || broken.get() > 6) {
            return false;
          }
          final int from = Integer.parseInt(exchange.header("Range").split("[=-]")[1]);
          final byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
          exchange.with("ETag", "\"" + file.sha256() + "\"");
          exchange.with(
              "Content-Range", "bytes %d-%d/%d".formatted(from, bytes.length - 1, bytes.length));
          exchange.begin(206, rest.length);
          exchange.http().getResponseBody().write(rest, 0, 50_000);
          return true;
        });
    try (SourceFile remote = site().open(listed());
        ByteSource whole = remote.whole(root.resolve("scratch"))) {
      assertThat(bytes(whole)).isEqualTo(bytes);
    }
    assertThat(broken.get()).isEqualTo(3);
    assertThat(web.traffic().bytes()).isLessThan(file.size() + 20_000);
  }

  /** Amazon's S3 does not know {@code If-Range}. */
  @Test
  void aFileThatChangesOnTheWayIsRefusedWhereTheServerKnowsNoConditions() throws IOException {
    final Published newer = published("newer.safetensors", 4, 300_000);
    final AtomicInteger requests = new AtomicInteger();
    cdn.breakWith(
        exchange -> {
          FakeCdn.send(exchange, requests.incrementAndGet() == 1 ? file : newer);
          return true;
        });
    final Listed unhashed = unhashed();
    assertThat(
            reason(
                () -> {
                  try (SourceFile remote =
                      WebFile.open(web, unhashed, Sites.lane(URI.create(unhashed.url())))) {
                    remote.whole(root.resolve("scratch"));
                  }
                }))
        .isEqualTo(Reason.HASH_MISMATCH);
  }

  @Test
  void aSignedLinkThatHasExpiredIsAskedForAnew() throws IOException {
    final AtomicInteger requests = new AtomicInteger();
    cdn.breakWith(
        exchange -> {
          final boolean expired = requests.incrementAndGet() == 2;
          if (expired) {
            exchange.html(403, "Request has expired");
          }
          return expired;
        });
    assertThat(whole(site().open(listed()))).isEqualTo(file.bytes());
    assertThat(requests.get()).isEqualTo(3);
  }

  @Test
  void aServerWithoutRangesSendsAllAndTheBeginningIsSkipped() throws IOException {
    cdn.breakWith(
        exchange -> {
          exchange.bytes(200, file.bytes());
          return true;
        });
    assertThat(whole(WebFile.open(web, unhashed(), Sites.lane(URI.create(cdn.endpoint())))))
        .isEqualTo(file.bytes());
  }

  @Test
  void aRangeOfAnotherFileIsRefused() throws IOException {
    final byte[] longer = Arrays.copyOf(file.bytes(), 400_000);
    final AtomicInteger requests = new AtomicInteger();
    cdn.breakWith(
        exchange -> {
          if (requests.incrementAndGet() == 1) {
            return false;
          }
          final int from = WebFile.HEAD;
          exchange.with("Content-Range", "bytes %d-399999/400000".formatted(from));
          exchange.bytes(206, Arrays.copyOfRange(longer, from, longer.length));
          return true;
        });
    final WebFile remote = WebFile.open(web, unhashed(), Sites.lane(URI.create(cdn.endpoint())));
    assertThat(reason(() -> whole(remote))).isEqualTo(Reason.SITE_ERROR);
  }

  @Test
  void aPublisherMayKeepMachinesFromLearning() throws IOException {
    cdn.breakWith(
        exchange -> {
          exchange.with("X-Robots-Tag", "noindex, NoAI");
          return false;
        });
    final Listed listed = listed();
    assertThat(reason(() -> site().open(listed))).isEqualTo(Reason.OPTED_OUT);
  }

  /** Nothing but its length is known of it. */
  private Listed unhashed() {
    return new Listed(cdn.open(file), "etag:1", file.size(), null, cdn.open(file));
  }

  private byte[] whole(final SourceFile remote) throws IOException {
    try (remote;
        ByteSource whole = remote.whole(root.resolve("scratch"))) {
      return bytes(whole);
    }
  }

  @Test
  void otherBytesOfTheSameSizeAreRefused() throws IOException {
    final Published other = published("b.safetensors", 2, 300_000);
    cdn.breakWith(
        exchange -> {
          FakeCdn.send(exchange, other);
          return true;
        });
    final Listed listed = listed();
    assertThat(
            reason(
                () -> {
                  try (SourceFile remote = site().open(listed)) {
                    remote.whole(root.resolve("scratch"));
                  }
                }))
        .isEqualTo(Reason.HASH_MISMATCH);
    assertThat(root.resolve("scratch")).isEmptyDirectory();
  }

  @Test
  void anotherLengthIsRefused() throws IOException {
    final Published other = published("c.safetensors", 3, 200_000);
    cdn.breakWith(
        exchange -> {
          exchange.bytes(200, other.bytes());
          return true;
        });
    final Listed listed = listed();
    assertThat(reason(() -> site().open(listed))).isEqualTo(Reason.HASH_MISMATCH);
  }

  @Test
  void aWebPageIsNoFile() throws IOException {
    cdn.breakWith(
        exchange -> {
          exchange.html(200, "<html>log in</html>");
          return true;
        });
    final Listed listed = listed();
    final Listed sizeUnknown =
        new Listed(listed.uri(), listed.revision(), Listed.UNKNOWN, null, listed.url());
    assertThat(reason(() -> site().open(sizeUnknown))).isEqualTo(Reason.HTML_INSTEAD);
  }

  @Test
  void aHeaderMayBeginLikeAPage() throws IOException {
    final byte[] bytes = new byte[500];
    bytes[0] = '<'; // a header of 60 or 316 or ... bytes
    bytes[8] = '{';
    final Path path = Files.write(root.resolve("less.safetensors"), bytes);
    hub.publish("owner/less", Published.of("less.safetensors", path), "license: mit");
    final Listed less = site().item("hf://owner/less", null).orElseThrow().offers().get(0).file();
    try (SourceFile remote = site().open(less)) {
      assertThat(remote.size()).isEqualTo(500);
    }
  }

  @Test
  void anEmptyFileIsEmpty() throws IOException {
    hub.publish("owner/empty", published("empty.safetensors", 2, 0), "license: mit");
    final Listed empty = site().item("hf://owner/empty", null).orElseThrow().offers().get(0).file();
    try (SourceFile remote = site().open(empty);
        ByteSource whole = remote.whole(root.resolve("scratch"))) {
      assertThat(remote.size()).isZero();
      assertThat(whole.size()).isZero();
    }
  }

  @Test
  void aRedirectLeadsToAnAddressOrNowhere() throws IOException {
    final Listed listed = listed();
    for (final String address : List.of("http://bad_host/x", "ftp://host/x", "http:x")) {
      hub.breakWith(
          exchange -> {
            exchange.redirect(302, address);
            return true;
          });
      assertThat(reason(() -> site().open(listed))).as(address).isEqualTo(Reason.SITE_ERROR);
    }
  }

  @Test
  void linksThatAreSignedForGetAloneTellTheirSize() throws IOException {
    final URI link = URI.create(cdn.link(file));
    cdn.breakWith(
        exchange -> {
          final boolean head = exchange.http().getRequestMethod().equals("HEAD");
          if (head) {
            exchange.html(403, "SignatureDoesNotMatch");
          }
          return head;
        });
    try (Answer answer = web.peek(link, Sites.lane(link))) {
      assertThat(answer.size()).hasValue(file.size());
    }
    final URI unsigned = URI.create(cdn.endpoint() + "/blobs/" + file.sha256());
    assertThat(reason(() -> web.peek(unsigned, Sites.lane(unsigned)))).isEqualTo(Reason.GATED);
  }

  @Test
  void revisionsOfOneRepositoryAreApart() throws FetchException {
    final String main = "hf://owner/r000@main";
    final Item item = site().page(SiteUri.parse(main), null).items().get(0);
    assertThat(item.key()).isEqualTo(main);
    assertThat(item.offers().get(0).file().uri()).isEqualTo(main + "/a.safetensors");
    assertThat(site().item(main, item.revision())).hasValue(item);
    hub.setMember(TOKEN);
    web = web(new Tokens(Map.of(Tokens.origin(URI.create(hub.endpoint())), TOKEN)));
    assertThat(site().page(SiteUri.parse("hf://owner/r000@typo"), null).items()).isEmpty();
  }

  @Test
  void picklesAreToldAndHiddenFilesAreNot() throws IOException {
    hub.publish("owner/old", published("a.ckpt", 5, 100), "license: mit");
    hub.publish("owner/hidden", published(".a.safetensors", 6, 100), "license: mit");
    assertThat(site().item("hf://owner/old", null).orElseThrow().offers())
        .extracting(Offer::refusal)
        .containsExactly(Reason.NOT_SAFETENSORS);
    assertThat(site().item("hf://owner/hidden", null).orElseThrow().offers()).isEmpty();
  }

  /** What was refused to a stranger is asked for again once there is a token. */
  @Test
  void aTokenMakesAnotherRevision() throws IOException {
    final String before = site().item("hf://owner/r000", null).orElseThrow().revision();
    hub.setMember(TOKEN);
    web = web(new Tokens(Map.of(Tokens.origin(URI.create(hub.endpoint())), TOKEN)));
    assertThat(site().item("hf://owner/r000", null).orElseThrow().revision())
        .isNotEqualTo(before)
        .startsWith(before);
  }

  @Test
  void endingsMayBeInCapitals() throws IOException {
    hub.publish("owner/loud", published("LOUD.SAFETENSORS", 3, 100), "license: mit");
    assertThat(site().item("hf://owner/loud", null).orElseThrow().offers()).hasSize(1);
  }

  @Test
  void aDribbleIsCutOff() throws IOException {
    cdn.breakWith(
        exchange -> {
          exchange.begin(200, file.size());
          for (int i = 0; i < 100; i++) {
            exchange.http().getResponseBody().write(1);
            exchange.http().getResponseBody().flush();
            Thread.sleep(100);
          }
          return true;
        });
    final Listed listed = listed();
    final long start = System.nanoTime();
    assertThat(reason(() -> site().open(listed))).isEqualTo(Reason.SITE_ERROR);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
  }

  @Test
  void whatVanishesIsGoneAndWhatIsMissingForStrangersIsNot() throws IOException {
    final Listed listed = listed();
    hub.remove("owner/r000");
    assertThat(reason(() -> site().open(listed))).isEqualTo(Reason.GATED);
    assertThat(reason(() -> site().item("hf://owner/r000", null))).isEqualTo(Reason.GATED);
    hub.setMember(TOKEN);
    web = web(new Tokens(Map.of(Tokens.origin(URI.create(hub.endpoint())), TOKEN)));
    assertThat(reason(() -> site().open(listed))).isEqualTo(Reason.GONE);
    assertThat(site().item("hf://owner/r000", null)).isEmpty();
  }

  @Test
  void gatedRepositoriesNeedAToken() throws IOException {
    hub.publish(
        new FakeHub.Repository("owner/gated", List.of(file), "license: mit", "auto", false));
    final Offer refused = site().item("hf://owner/gated", null).orElseThrow().offers().get(0);
    assertThat(refused.refusal()).isEqualTo(Reason.GATED);
    assertThat(reason(() -> site().open(refused.file()))).isEqualTo(Reason.GATED);
    hub.setMember(TOKEN);
    web = web(new Tokens(Map.of(Tokens.origin(URI.create(hub.endpoint())), TOKEN)));
    final Offer offered = site().item("hf://owner/gated", null).orElseThrow().offers().get(0);
    assertThat(offered.refusal()).isNull();
    try (SourceFile remote = site().open(offered.file());
        ByteSource whole = remote.whole(root.resolve("scratch"))) {
      assertThat(whole.size()).isEqualTo(file.size());
    }
    assertThat(hub.log()).extracting(SiteServer.Request::token).contains(TOKEN);
    assertThat(cdn.log()).isNotEmpty().extracting(SiteServer.Request::token).containsOnlyNulls();
  }

  @Test
  void civitaiRefusesInItsOwnWays() throws IOException {
    for (int id = 1; id <= 7; id++) {
      civitai.publish(id, file);
    }
    civitai.model(1).put("poi", true);
    civitai.version(2).put("availability", "EarlyAccess");
    civitai.version(2).put("earlyAccessEndsAt", Instant.now().plusSeconds(3_600).toString());
    civitai.version(3).put("usageControl", "Generation");
    ((ObjectNode) civitai.version(4).get("files").get(0))
        .put("name", "m.ckpt")
        .putObject("metadata")
        .put("format", "PickleTensor");
    civitai.model(5).put("minor", true);
    civitai.version(6).put("requiresLogin", true);
    final Page page = civitai().page(SiteUri.parse("civitai://?baseModels=Flux.1 D"), null);
    assertThat(page.items().stream().flatMap(item -> item.offers().stream()))
        .extracting(Offer::refusal)
        .containsExactly(
            Reason.EXCLUDED,
            Reason.EARLY_ACCESS,
            Reason.OPTED_OUT,
            Reason.NOT_SAFETENSORS,
            Reason.EXCLUDED,
            null,
            null);
    assertThat(reason(() -> civitai().open(page.items().get(5).offers().get(0).file())))
        .isEqualTo(Reason.GATED);
    assertThat(civitai().open(page.items().get(6).offers().get(0).file()).size())
        .isEqualTo(file.size());
  }

  @Test
  void whatCivitaiMarksIsNotTaken() throws IOException {
    for (int id = 1; id <= 6; id++) {
      civitai.publish(id, file);
    }
    ((ObjectNode) civitai.version(1).get("files").get(0)).put("virusScanResult", "Danger");
    civitai.version(2).put("status", "Draft");
    civitai.model(3).put("mode", "Archived");
    civitai.version(4).put("earlyAccessEndsAt", Instant.now().plusSeconds(3_600).toString());
    civitai.version(5).put("earlyAccessEndsAt", Instant.now().minusSeconds(3_600).toString());
    final ArrayNode files = (ArrayNode) civitai.version(6).get("files");
    final ObjectNode other = ((ObjectNode) files.get(0)).deepCopy().put("primary", false);
    files.add(other.deepCopy().put("id", 601).put("name", "lower rank.safetensors"));
    files.add(other.deepCopy().put("id", 602).put("type", "Training Data"));
    final Page page = civitai().page(SiteUri.parse("civitai://?types=LORA"), null);
    final List<Offer> offers =
        page.items().stream().flatMap(item -> item.offers().stream()).toList();
    assertThat(offers)
        .extracting(Offer::refusal)
        .containsExactly(
            Reason.EXCLUDED, Reason.GATED, Reason.GATED, Reason.EARLY_ACCESS, null, null, null);
    assertThat(offers.get(5).file().uri()).contains("/600/");
    assertThat(offers.get(6).file().uri()).endsWith("/601/lower rank.safetensors");
    assertThat(offers.get(6).file().url()).endsWith("fileId=601");
    civitai().page(SiteUri.parse("civitai://?types=LORA&nsfw=false"), null);
    assertThat(civitai.log().get(0).uri()).contains("nsfw=true");
    assertThat(civitai.log().get(1).uri()).contains("nsfw=false").doesNotContain("nsfw=true");
  }

  @Test
  void whatIsSoldOnCivitaiIsNotAskedFor() throws IOException {
    for (int id = 1; id <= 3; id++) {
      civitai.publish(id, file);
    }
    civitai.version(1).putObject("paidAccess").put("permanent", true).putNull("endsAt");
    civitai.version(2).putObject("paidAccess").put("permanent", false).putNull("endsAt");
    civitai.version(3).putNull("paidAccess");
    final Page page = civitai().page(SiteUri.parse("civitai://?types=LORA"), null);
    assertThat(page.items().stream().flatMap(item -> item.offers().stream()))
        .extracting(Offer::refusal)
        .containsExactly(Reason.EARLY_ACCESS, Reason.EARLY_ACCESS, null);
    assertThat(page.items().get(0).offers().get(0).message()).contains("sells access");
  }

  @Test
  void theFileThatWasListedComesWhateverAnAccountPrefers() throws IOException {
    civitai.publish(1, file);
    civitai.prefer(10, published("pruned.safetensors", 2, 200_000));
    final List<Item> items = civitai().page(SiteUri.parse("civitai://models/1"), null).items();
    assertThat(civitai().open(items.get(0).offers().get(0).file()).size()).isEqualTo(file.size());
  }

  @Test
  void aVersionOfCivitaiIsWhatItsModelSays() throws IOException {
    civitai.publish(1, file);
    civitai.publish(1, 1, "Flux.1 S", file);
    final SiteUri second = SiteUri.parse("civitai://model-versions/11");
    final Offer offer = civitai().page(second, null).items().get(0).offers().get(0);
    assertThat(offer.about().text()).contains("allowCommercialUse", "artist-1", "word1");
    assertThat(offer.file().uri()).startsWith("civitai://models/1/versions/11/");
    civitai.model(1).put("minor", true);
    assertThat(civitai().page(second, null).items().get(0).offers())
        .singleElement()
        .extracting(Offer::refusal)
        .isEqualTo(Reason.EXCLUDED);
  }

  @Test
  void aGateThatOpensIsAnotherRevision() throws IOException {
    final String key = "hf://aaa/gated";
    for (final String gated : List.of("manual", "false")) {
      hub.publish(new FakeHub.Repository("aaa/gated", List.of(file), "tags: [lora]", gated, false));
      final Item listed = site().page(SiteUri.parse("hf://?filter=lora"), null).items().get(0);
      assertThat(listed.key()).isEqualTo(key);
      assertThat(listed.revision().contains("gated")).isEqualTo(gated.equals("manual"));
      final Item asked = site().item(key, listed.revision()).orElseThrow();
      assertThat(asked.revision()).isEqualTo(listed.revision());
      assertThat(asked.offers().get(0).refusal() == null).isEqualTo(gated.equals("false"));
    }
  }

  /** As Cloudflare answers who may be a machine: a token would not help. */
  @Test
  void aChallengeForBrowsersIsNoClosedGate() {
    civitai.breakWith(
        exchange -> {
          exchange.with("cf-mitigated", "challenge").html(403, "<title>Just a moment...</title>");
          return true;
        });
    final SiteUri source = SiteUri.parse("civitai://?types=LORA");
    assertThat(reason(() -> civitai().page(source, null))).isEqualTo(Reason.HTML_INSTEAD);
    assertThat(civitai.log()).hasSize(1);
  }

  @Test
  void civitaiMayTellNoAddress() throws IOException {
    for (int id = 1; id <= 2; id++) {
      civitai.publish(id, file);
      ((ObjectNode) civitai.version(id).get("files").get(0)).putNull("downloadUrl");
    }
    civitai.version(2).remove("downloadUrl");
    final List<Item> items = civitai().page(SiteUri.parse("civitai://?types=LORA"), null).items();
    assertThat(civitai().open(items.get(0).offers().get(0).file()).size()).isEqualTo(file.size());
    assertThat(items.get(1).offers())
        .singleElement()
        .satisfies(
            offer -> {
              assertThat(offer.refusal()).isEqualTo(Reason.GATED);
              assertThat(offer.message()).contains("no address");
            });
  }

  /** The Hub answers strangers about what does not exist as if they had sent a wrong password. */
  @Test
  void strangersHearThatARepositoryMayNotExist() {
    hub.breakWith(
        exchange -> {
          exchange.json(
              401,
              JsonNodeFactory.instance.objectNode().put("error", "Invalid username or password."));
          return true;
        });
    assertThatThrownBy(() -> site().page(SiteUri.parse("hf://owner/misspelt"), null))
        .hasMessageContaining("hf://owner/misspelt")
        .hasMessageContaining("no such repository")
        .hasMessageContaining("token");
  }

  @Test
  void statedLimitsAreKept() throws FetchException {
    hub.setQuotas(20, 20);
    hub.setWindow(Duration.ofSeconds(2));
    for (int i = 0; i < 30; i++) {
      site().page(SiteUri.parse("hf://?filter=lora&limit=1"), null);
    }
    assertThat(hub.refused()).isZero();
    assertThat(web.traffic().waitedMillis()).isPositive();
  }
}
