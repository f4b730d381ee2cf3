package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.loralake.adapter.PeftConfig;
import io.loralake.jobs.index.IndexResult;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.source.Listed;
import io.loralake.tests.sites.FakeHub;
import io.loralake.tests.sites.Published;
import io.loralake.tests.sites.SiteServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both sites into one catalog: what comes in, what is left out, and what failure must not do. */
@Timeout(600)
class CrawlTest {
  private static final String HUB = "hf://anna";
  private static final String CIVITAI = "civitai://?types=LORA&baseModels=Flux.1 D";
  private static final String TOKEN = "hf_secret0123456789";

  /** Of rank 4, and it says nothing of alpha. */
  private static final Path PEFT = Repository.GOOD.resolve("peft_base_model_diffusers.safetensors");

  private static final String TWICE = "{\"r\": 4, \"lora_alpha\": 8, \"bias\": \"none\"}";

  @TempDir private Path root;

  private SitesLake lake;

  /** Adapters 0 to 7 on the Hub, 5 to 12 on Civitai: three on both. */
  @BeforeEach
  void publish() throws IOException {
    lake = new SitesLake(root.resolve("catalog"));
    for (int i = 0; i < 8; i++) {
      lake.publishOnHub(i);
    }
    for (int i = 5; i < 13; i++) {
      lake.civitai.publish(i, SitesLake.adapter(i));
    }
  }

  @AfterEach
  void close() {
    lake.close();
  }

  private static void assertCountsReconcile(final IndexResult result) {
    assertThat(result.listed())
        .isEqualTo(
            result.unchanged()
                + result.indexed()
                + result.quarantined()
                + result.failed()
                + result.refused()
                + result.left());
  }

  @Test
  void theConfigurationBesideAFileOfPeftIsFetchedFromTheHub() throws IOException {
    final Path config = Files.writeString(root.resolve("adapter_config.json"), TWICE);
    lake.hub.publish(
        new FakeHub.Repository(
            "peft/strong",
            List.of(
                Published.of("in/adapter_model.safetensors", PEFT),
                Published.of("in/adapter_config.json", config)),
            "license: mit",
            "false",
            false));
    assertThat(lake.index("hf://peft/strong").indexed()).isEqualTo(1);
    final double strong = strength();
    final Configuration conf = SharedSpark.session().sparkContext().hadoopConfiguration();
    final Row found =
        lake.tables()
            .query("adapters", "SELECT adapter_id, locations[0].uri, locations[0].revision FROM t")
            .get(0);
    final AdapterFiles files = AdapterFiles.alone(conf);
    files.locate(
        found.getString(0),
        List.of(new Listed(found.getString(1), found.getString(2), Listed.UNKNOWN)));
    for (int time = 0; time < 2; time++) { // the second comes from the folder of downloads
      try (SafetensorsFile file = files.open(found.getString(0))) {
        assertThat(file.header().metadata())
            .containsEntry(PeftConfig.NAME, Files.readString(config));
      }
    }
    lake.close();

    lake = new SitesLake(root.resolve("other"));
    lake.hub.publish("peft/plain", Published.of("adapter_model.safetensors", PEFT), "license: mit");
    assertThat(lake.index("hf://peft/plain").indexed()).isEqualTo(1);
    assertThat(strong).isCloseTo(2 * strength(), within(1e-4 * strong));
  }

  private double strength() {
    return lake.tables().query("adapters", "SELECT strength FROM t").get(0).getDouble(0);
  }

  @Test
  void bothSitesBecomeOneCatalog() {
    lake.hub.publish(
        new FakeHub.Repository(
            "anna/gated", List.of(SitesLake.adapter(20)), "license: mit", "manual", false));
    lake.civitai.publish(21, SitesLake.adapter(21));
    lake.civitai.model(21).put("poi", true);
    final Path bad = Repository.BAD.resolve("nan_fp32.safetensors");
    lake.hub.publish("anna/nan", Published.of("nan.safetensors", bad), "license: mit");

    final IndexResult first = lake.index(HUB, CIVITAI);

    assertThat(first.complete()).as(first.describe()).isTrue();
    assertThat(first.listed()).isEqualTo(19);
    assertThat(first.indexed()).isEqualTo(16);
    assertThat(first.identical()).isEqualTo(3);
    assertThat(first.quarantined()).isEqualTo(1);
    assertThat(first.refusals()).isEqualTo(Map.of("GATED", 1L, "EXCLUDED", 1L));
    assertThat(first.web().known()).isEqualTo(3);
    assertCountsReconcile(first);
    assertThat(lake.fetched()).hasSize(14).allSatisfy((uri, times) -> assertThat(times).isOne());
    assertThat(lake.tables().read("adapters").count()).isEqualTo(13);
    final Row five =
        lake.tables()
            .query(
                "adapters",
                "SELECT licence, base_declared, trigger_words, captions, tags, permissions,"
                    + " nsfw_level, creator, transform(locations, l -> l.uri) AS uris,"
                    + " locations[1].revision AS revision FROM t WHERE array_contains("
                    + "transform(locations, l -> l.uri), 'hf://anna/lora-05/"
                    + SitesLake.adapter(5).name()
                    + "')")
            .get(0);
    assertThat(five.<String>getAs("licence")).isEqualTo("apache-2.0");
    assertThat(five.<String>getList(2)).contains("trigger 5", "word5");
    assertThat(five.<String>getList(3))
        .contains("a picture of thing 5", "Paints model 5 & more.", "First version");
    assertThat(five.<String>getList(4)).contains("tag5", "style");
    assertThat(five.<String, String>getJavaMap(5))
        .containsEntry("allowCommercialUse", "Image,RentCivit");
    assertThat(five.<Integer>getAs("nsfw_level")).isEqualTo(3);
    // where places disagree, the one with the smaller URI counts
    assertThat(five.<String>getAs("creator")).isEqualTo("artist-5");
    assertThat(five.<String>getList(8)).hasSize(2);
    assertThat(five.<String>getAs("revision")).matches("commit:[0-9a-f]{40}");

    lake.forget();
    final List<String> before = lake.tables().contents();
    final IndexResult second = lake.index(HUB, CIVITAI);

    assertThat(second.unchanged()).as(second.describe()).isEqualTo(17);
    assertCountsReconcile(second);
    assertThat(lake.tables().contents()).isEqualTo(before);
    assertThat(lake.cdn.log()).isEmpty();
    assertThat(lake.hub.log())
        .extracting(SiteServer.Request::uri)
        .allMatch(uri -> uri.startsWith("/api/models?"));
    assertThat(lake.civitai.log())
        .extracting(SiteServer.Request::uri)
        .allMatch(uri -> uri.startsWith("/api/v1/models?"));
  }

  @Test
  void onlyADefiniteAnswerMakesAFileGone() throws IOException {
    assertThat(lake.index(HUB, CIVITAI).indexed()).isEqualTo(16);
    final List<String> before = lake.tables().contents();

    // a listing that breaks off says nothing about what it did not reach
    lake.hub.remove("anna/lora-00");
    lake.hub.breakWith(
        exchange -> {
          exchange.html(500, "oops");
          return true;
        });
    final IndexResult broken = lake.index(HUB, CIVITAI);
    assertThat(broken.complete()).isFalse();
    assertThat(broken.incomplete()).singleElement().asString().contains("SITE_ERROR");
    assertThat(lake.tables().contents()).isEqualTo(before);
    lake.hub.repair();

    // strangers hear 401 for what is gone, as for what is private: not definite
    final IndexResult stranger = lake.index(HUB, CIVITAI);
    assertThat(stranger.gone()).isZero();
    assertThat(stranger.incomplete()).singleElement().asString().contains("GATED");
    assertThat(lake.tables().contents()).isEqualTo(before);

    // members hear 404; Civitai says it to everyone
    lake.civitai.remove(12);
    lake.hub.setMember(TOKEN);
    final IndexResult member = lake.index(TOKEN, lake.options(HUB, CIVITAI));
    assertThat(member.complete()).as(member.describe()).isTrue();
    assertThat(member.gone()).isEqualTo(2);
    assertThat(
            lake.tables()
                .<Long>value("adapters", "SELECT count(*) FROM t WHERE gone_at IS NOT NULL"))
        .isEqualTo(2);
  }

  @Test
  void aFailedFetchChangesNothing() throws IOException {
    assertThat(lake.index(HUB).indexed()).isEqualTo(8);
    final List<String> before = lake.tables().contents();
    final Published next =
        Published.of(SitesLake.adapter(1).name(), Repository.adapters(Repository.GOOD).get(30));
    lake.hub.publish("anna/lora-01", next, SitesLake.CARD.formatted(1));
    lake.cdn.breakWith(
        exchange -> {
          exchange.html(200, "<html>" + "x".repeat((int) next.size() - 6));
          return true;
        });
    final IndexResult broken = lake.index(HUB);
    assertThat(broken.failed()).isEqualTo(1);
    assertThat(broken.failures())
        .extracting(IndexResult.Failure::reason)
        .containsExactly("HTML_INSTEAD");
    assertCountsReconcile(broken);
    assertThat(lake.tables().contents()).isEqualTo(before);

    lake.cdn.repair();
    final IndexResult repaired = lake.index(HUB);
    assertThat(repaired.indexed()).isEqualTo(1);
    assertThat(repaired.unchanged()).isEqualTo(7);
  }

  @Test
  void aCardThatChangesFetchesNoFile() {
    assertThat(lake.index(HUB).indexed()).isEqualTo(8);
    lake.forget();
    lake.hub.publish(
        "anna/lora-02",
        SitesLake.adapter(2),
        SitesLake.CARD.formatted(2).replace("apache-2.0", "mit"));
    final IndexResult changed = lake.index(HUB);
    assertThat(changed.web().known()).isEqualTo(1);
    assertThat(lake.cdn.log()).isEmpty();
    assertThat(
            lake.tables()
                .<String>value(
                    "adapters",
                    "SELECT licence FROM t WHERE locations[0].uri LIKE 'hf://anna/lora-02/%'"))
        .isEqualTo("mit");
  }

  @Test
  void aCursorThatNeverEndsIsNoticed() {
    lake.civitai.breakWith(
        exchange -> {
          if (!exchange.path().equals("/api/v1/models")) {
            return false;
          }
          exchange
              .with("Content-Type", "application/json")
              .bytes(
                  200,
                  ("{\"items\":["
                          + lake.civitai.model(5)
                          + "],\"metadata\":{\"nextCursor\":\""
                          + System.nanoTime()
                          + "\"}}")
                      .getBytes(java.nio.charset.StandardCharsets.UTF_8));
          return true;
        });
    final IndexResult result = lake.index(CIVITAI);
    assertThat(result.incomplete()).singleElement().asString().contains("listed before");
    assertThat(result.indexed()).isEqualTo(1);
  }

  @Test
  void aDryRunFetchesNothingAndTheNextRunGoesOn() {
    final IndexResult dry = lake.dryRun(HUB);
    assertThat(dry.planned()).hasSize(8).allMatch(file -> file.contains("bytes hf://anna/lora-"));
    assertThat(dry.left()).isEqualTo(8);
    assertThat(lake.cdn.log()).isEmpty();
    assertThat(lake.catalog().resolve("adapters"))
        .as("whatever the next run is for")
        .doesNotExist();
    assertThat(lake.index(HUB).indexed()).isEqualTo(8);
  }

  @Test
  void aRunKeepsToItsTime() {
    lake.cdn.setLatency(Duration.ofSeconds(3));
    final IndexResult part = lake.within(Duration.ofSeconds(12), HUB);
    assertThat(part.left()).isPositive();
    assertThat(part.failed()).isZero();
    assertThat(part.describe()).contains("left for the next run");
    assertThat(part.bytesRead()).isLessThan(part.web().bytesListed());
    assertCountsReconcile(part);
    lake.cdn.setLatency(Duration.ZERO);
    final IndexResult rest = lake.index(HUB);
    assertThat(rest.indexed() + rest.unchanged()).isEqualTo(8);
    assertThat(lake.tables().read("adapters").count()).isEqualTo(8);
  }

  @Test
  void anotherCrawlerHandsOverByAList() throws IOException {
    final Published known = SitesLake.adapter(1);
    final Published unknown = SitesLake.adapter(2);
    final Path csv = root.resolve("list.csv");
    Files.writeString(
        csv,
        "url,sha256\n%s,%s\n%s,\n%s,\n%s,\n,\n"
            .formatted(
                lake.cdn.link(known),
                known.sha256(),
                lake.cdn.link(unknown),
                SitesLake.adapter(3).path().toUri(),
                lake.cdn.endpoint() + "/blobs/none"));
    final IndexResult result = lake.index("list:" + csv);
    assertThat(result.indexed()).as(result.describe()).isEqualTo(3);
    assertThat(result.refused()).isEqualTo(2);
    assertCountsReconcile(result);
    assertThat(lake.index("list:" + csv).unchanged()).isEqualTo(3);
  }

  @Test
  void listsThatShowOtherVersionsOfOneModelDoNotHideEachOthers() {
    lake.civitai.publish(30, SitesLake.adapter(14));
    lake.civitai.publish(30, 1, "Flux.1 S", SitesLake.adapter(15));
    final String schnell = CIVITAI.replace("Flux.1 D", "Flux.1 S");

    final IndexResult first = lake.index(CIVITAI, schnell);
    assertThat(first.complete()).as(first.describe()).isTrue();
    assertThat(first.listed()).isEqualTo(10);
    assertThat(first.indexed()).isEqualTo(10);
    assertThat(lake.index(schnell).listed()).isEqualTo(1);
    final long before = lake.tables().version("crawl_pages");
    final IndexResult again = lake.index(CIVITAI, schnell);
    assertThat(again.unchanged()).as(again.describe()).isEqualTo(10);
    assertThat(again.gone()).isZero();
    assertThat(lake.tables().version("crawl_pages"))
        .as("both lists' pages come in one commit, and go in one")
        .isEqualTo(before + 2);

    lake.civitai.publish(30, SitesLake.adapter(14)); // the other version is taken back
    assertThat(lake.index(CIVITAI, schnell).gone()).isEqualTo(1);
  }

  @Test
  void aModelThatIsEditedBetweenTwoListsIsTaken() {
    lake.civitai.breakWith(
        exchange -> {
          lake.civitai.model(5).put("description", "edited at " + System.nanoTime());
          return false;
        });
    final IndexResult result = lake.index(CIVITAI, CIVITAI + "&sort=Newest");
    assertThat(result.complete()).as(result.describe()).isTrue();
    assertThat(result.indexed()).isEqualTo(8);
  }

  @Test
  void aListThatTellsNoCommitsHasEachRepositoryAskedOnce() {
    lake.hub.breakWith(
        exchange -> {
          if (!exchange.path().equals("/api/models")) {
            return false;
          }
          final ArrayNode list = JsonNodeFactory.instance.arrayNode();
          list.addObject().put("id", "anna/lora-03");
          exchange.json(200, list);
          return true;
        });
    for (int run = 0; run < 2; run++) {
      lake.forget();
      final IndexResult result = lake.index(HUB);
      assertThat(result.listed()).as(result.describe()).isEqualTo(1);
      assertThat(lake.hub.log()).filteredOn(it -> it.uri().contains("/api/models/")).hasSize(1);
    }
  }

  @Test
  void aGateThatOpensLetsItsFilesIn() throws IOException {
    for (final String gated : List.of("auto", "false")) {
      lake.hub.publish(
          new FakeHub.Repository(
              "shy/one", List.of(SitesLake.adapter(20)), "license: mit", gated, false));
      final IndexResult result = lake.index("hf://shy");
      assertThat(result.indexed()).as(result.describe()).isEqualTo(gated.equals("auto") ? 0 : 1);
    }
  }

  @Test
  void aModelThatNeverWasIsNoEmptySource() {
    final IndexResult result = lake.index("civitai://models/99", "civitai://models/5");
    assertThat(result.indexed()).isEqualTo(1);
    assertThat(result.incomplete()).singleElement().asString().contains("models/99: GONE");
  }

  @Test
  void aListHoldsFilesAndNoSecretsOfItsAddressesAreKept() throws IOException {
    final String address = lake.cdn.link(SitesLake.adapter(1));
    final String withLogin = address.replace("://", "://joe:secret@");
    final Path folder = Files.createDirectories(root.resolve("empty"));
    final Path list =
        Files.write(root.resolve("addresses.txt"), List.of(address, folder.toUri().toString()));
    final IndexResult result = lake.index("list:" + list);
    assertThat(result.indexed()).as(result.describe()).isEqualTo(1);
    assertThat(result.refused()).isEqualTo(1);
    assertThat(result.describe()).doesNotContain("Signature");
    Files.write(list, List.of(withLogin));
    assertThat(lake.index("list:" + list).unchanged()).isEqualTo(1);
    for (final String table : List.of("adapters", "runs")) {
      assertThat(lake.tables().read(table).toJSON().collectAsList().toString())
          .doesNotContain("Signature", "joe", "secret");
    }
  }

  @Test
  void aBrokenLineOfAListIsRefusedAndTheOthersAreRead() throws IOException {
    final Path lines = root.resolve("list.jsonl");
    Files.writeString(
        lines,
        "{\"url\": \"%s\", \"size\": \"unknown\"}\n\n{\"url\": \n[]\n"
            .formatted(SitesLake.adapter(3).path().toUri()));
    final IndexResult result = lake.index("list:" + lines);
    assertThat(result.indexed()).as(result.describe()).isEqualTo(1);
    assertThat(result.refused()).isEqualTo(2);
    assertCountsReconcile(result);
    final Path plain = root.resolve("list.txt");
    Files.writeString(plain, SitesLake.adapter(3).path().toUri() + "\n\n");
    assertThat(lake.index("list:" + plain).unchanged()).isEqualTo(1);
  }

  @Test
  void anAddressThatNoRequestCanGoToIsToldWithoutItsSecrets() throws IOException {
    final Path list = root.resolve("odd.csv");
    Files.writeString(
        list,
        "url,sha256\n%s,\n%s,\n%s,%s\n"
            .formatted(
                "http://host/my lora.safetensors?token=secret",
                "http://my_bucket.host/a.safetensors?token=secret",
                "http://my_bucket.host/b.safetensors?token=secret",
                SitesLake.adapter(1).sha256()));
    final IndexResult result = lake.index("list:" + list);
    assertThat(result.refused()).as(result.describe()).isEqualTo(3);
    assertThat(result.describe())
        .contains(
            "Illegal character in path at index 14",
            "my_bucket.host/a.safetensors' cannot be listed: its host has no name")
        .doesNotContain("secret", "Exception");
    assertThat(lake.tables().read("runs").toJSON().collectAsList().toString())
        .doesNotContain("secret");
  }

  @Test
  void aFileThatIsReplacedIsReadAgainWhereItsServerTellsNoVersion() throws IOException {
    final Path list = root.resolve("plain.txt");
    try (PlainServer server = new PlainServer()) {
      server.put("/a.safetensors", SitesLake.adapter(1).bytes());
      Files.writeString(list, server.address("/a.safetensors"));
      assertThat(lake.index("list:" + list).indexed()).isEqualTo(1);
      assertThat(lake.index("list:" + list).unchanged()).isEqualTo(1);
      server.put("/a.safetensors", Files.readAllBytes(PEFT));
      final IndexResult result = lake.index("list:" + list);
      assertThat(result.indexed()).as(result.describe()).isEqualTo(1);
    }
  }

  @Test
  void theConfigurationBesideAFileOfPeftThatAListNamesDecidesItsStrength() throws IOException {
    final Path saved = Files.createDirectories(root.resolve("saved"));
    final Path named = Files.copy(PEFT, saved.resolve("adapter_model.safetensors"));
    Files.writeString(saved.resolve("adapter_config.json"), TWICE);
    final double plain = strength(PEFT.toUri().toString());
    assertThat(strength(named.toUri().toString())).isCloseTo(2 * plain, within(1e-4 * plain));
    try (PlainServer server = new PlainServer()) {
      final byte[] peft = Files.readAllBytes(PEFT);
      server.put("/peft/adapter_model.safetensors", peft);
      server.put("/peft/adapter_config.json", TWICE.getBytes(StandardCharsets.UTF_8));
      server.put("/bare/adapter_model.safetensors", peft);
      final String query = "/adapter_model.safetensors?download=true&token=a/b";
      assertThat(strength(server.address("/peft" + query)))
          .isCloseTo(2 * plain, within(1e-4 * plain));
      assertThat(strength(server.address("/bare" + query))).isEqualTo(plain);
    }
  }

  /** Of the one file that a list names, in a catalog of its own. */
  private double strength(final String address) throws IOException {
    final String name = UUID.nameUUIDFromBytes(address.getBytes(StandardCharsets.UTF_8)).toString();
    final Path list = Files.writeString(root.resolve(name + ".txt"), address + "\n");
    lake.close();
    lake = new SitesLake(root.resolve(name));
    final IndexResult result = lake.index("list:" + list);
    assertThat(result.indexed()).as(result.describe()).isEqualTo(1);
    return strength();
  }
}
