package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.crawl.Crawl;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.tests.sites.FakeHub;
import io.loralake.tests.sites.Published;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What sites do not list any more: which of it is gone. */
@Timeout(600)
class GoneFromSitesTest {
  private static final String HUB = "hf://anna";
  private static final String TOKEN = "hf_secret0123456789";

  @TempDir private Path root;

  private SitesLake lake;

  @BeforeEach
  void publish() throws IOException {
    lake = new SitesLake(root.resolve("catalog"));
    lake.hub.setMember(TOKEN);
    lake.publishOnHub(0);
    lake.publishOnHub(1);
  }

  @AfterEach
  void close() {
    lake.close();
  }

  @Test
  void whatTheTimeDoesNotReachIsAskedForByTheNextRun() throws Exception {
    assertThat(lake.index(TOKEN, lake.options(HUB)).indexed()).isEqualTo(2);
    lake.hub.remove("anna/lora-00");
    final SparkSession spark = SharedSpark.session();
    final SiteAccess access =
        SiteAccess.of(spark.sparkContext(), System.currentTimeMillis() + 40_000);
    final Crawl crawl =
        Crawl.of(
            spark,
            new Catalog(spark, lake.catalog().toString()),
            access,
            List.of(HUB),
            new Timestamp(System.currentTimeMillis()));
    assertThat(crawl.incomplete()).isEmpty();
    while (!access.isOver()) {
      Thread.sleep(100);
    }
    assertThat(
            crawl
                .gone(lake.tables().read("adapters").selectExpr("explode(locations.uri) AS uri"))
                .count())
        .isZero();
    assertThat(crawl.incomplete()).containsExactly(HUB + ": stopped by --max-duration");

    assertThat(lake.index(TOKEN, lake.options(HUB)).gone()).isEqualTo(1);
  }

  @Test
  void aFolderOfTheHubIsNoVersionOfCivitai() throws IOException {
    lake.civitai.publish(5, SitesLake.adapter(5));
    final Published file = Published.of("versions/50/a.safetensors", SitesLake.adapter(2).path());
    lake.hub.publish(
        new FakeHub.Repository("anna/odd", List.of(file), "license: mit", "false", false));
    final String civitai = "civitai://?types=LORA&baseModels=Flux.1 D";
    assertThat(lake.index(HUB, civitai).indexed()).isEqualTo(4);

    assertThat(lake.index(civitai).gone()).isZero();
  }
}
