package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.tests.sites.FakeHub;
import io.loralake.tests.sites.SiteServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real process with a token in its environment: nothing that it writes holds the token. */
@Timeout(300)
class SecretTokensTest {
  private static final String TOKEN = "hf_TheTokenThatNobodyMaySee42";

  @TempDir private Path root;

  @Test
  void aTokenGoesToItsHostAndNowhereElse() throws IOException, InterruptedException {
    final Path temporary = Files.createDirectories(root.resolve("tmp"));
    final Path log = root.resolve("log");
    try (SitesLake lake = new SitesLake(root.resolve("catalog"))) {
      lake.hub.setMember(TOKEN);
      lake.hub.publish(
          new FakeHub.Repository(
              "anna/gated", List.of(SitesLake.adapter(0)), "license: mit", "auto", false));
      lake.hub.publish(
          new FakeHub.Repository(
              "anna/fails", List.of(SitesLake.adapter(1)), "license: mit", "auto", true));
      lake.cdn.breakWith(
          exchange -> {
            if (!exchange.path().contains(SitesLake.adapter(1).sha256())) {
              return false;
            }
            exchange.html(500, "<html>oops</html>");
            return true;
          });
      final List<String> arguments =
          new ArrayList<>(
              List.of(
                  "index",
                  "--source",
                  "hf://anna",
                  "--catalog",
                  lake.catalog().toString(),
                  "--model",
                  Repository.TINY_MODEL.toString(),
                  "--master",
                  "local[2]",
                  "--conf",
                  "spark.sql.parquet.compression.codec=uncompressed",
                  "--conf",
                  "spark.eventLog.enabled=true",
                  "--conf",
                  "spark.eventLog.dir=file:" + temporary,
                  "--conf",
                  "spark.local.dir=" + temporary));
      lake.settings()
          .forEach(
              (key, value) ->
                  arguments.addAll(List.of("--conf", "spark.hadoop." + key + "=" + value)));
      final LoralakeProcess run =
          LoralakeProcess.start(
              log,
              List.of("-Xmx1g", "-Djava.io.tmpdir=" + temporary),
              arguments,
              Map.of("HF_TOKEN", TOKEN));
      assertThat(run.exitCode(Duration.ofSeconds(240))).as(run.output()).isEqualTo(1);
      assertThat(run.output()).contains("indexed 1").contains("failed 1").contains("SITE_ERROR");
      assertThat(lake.hub.log()).extracting(SiteServer.Request::token).containsOnly(TOKEN);
      assertThat(lake.cdn.log())
          .isNotEmpty()
          .extracting(SiteServer.Request::token)
          .containsOnlyNulls();
      assertThat(lake.hub.log())
          .extracting(SiteServer.Request::uri)
          .noneMatch(uri -> uri.contains(TOKEN));
    }
    int files = 0;
    try (Stream<Path> all = Files.walk(root)) {
      for (final Path file : all.filter(Files::isRegularFile).toList()) {
        final String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        assertThat(text.contains(TOKEN)).as(file.toString()).isFalse();
        files++;
      }
    }
    assertThat(files).isGreaterThan(10);
  }
}
