package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.tests.Python;
import io.loralake.tests.sites.FakeHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The fake Hub is true where the official client works with it. */
@Timeout(300)
class HubTruthTest {
  private static final String TOKEN = "hf_secret0123456789";

  @TempDir private Path root;

  @Test
  void theOfficialClientWorksWithTheFake() throws IOException, InterruptedException {
    Python.require("huggingface_hub");
    try (SitesLake lake = new SitesLake(root.resolve("catalog"))) {
      for (int i = 0; i < 5; i++) {
        lake.publishOnHub(i);
      }
      lake.hub.setMember(TOKEN);
      lake.hub.publish(
          new FakeHub.Repository(
              "anna/gated", List.of(SitesLake.adapter(5)), "license: mit", "manual", false));
      final Path endpoint = root.resolve("endpoint");
      Files.writeString(endpoint, lake.hub.endpoint() + " " + TOKEN);
      final JsonNode said =
          new ObjectMapper()
              .readTree(
                  Python.run(
                      Repository.ROOT.resolve("scripts/peers/crawl/hub_client.py"),
                      endpoint,
                      root.resolve("cache")));
      assertThat(said.get("listed").size()).isEqualTo(6);
      assertThat(said.get("pages").asInt()).isGreaterThan(1);
      assertThat(said.get("sha256").asText()).isEqualTo(SitesLake.adapter(0).sha256());
      assertThat(said.get("size").asLong()).isEqualTo(SitesLake.adapter(0).size());
      assertThat(said.get("downloaded").asText()).isEqualTo(SitesLake.adapter(0).sha256());
      assertThat(said.get("card_license").asText()).isEqualTo("apache-2.0");
      assertThat(said.get("gated").asText()).isEqualTo("GatedRepoError");
      assertThat(said.get("gated_with_token").asText()).isEqualTo(SitesLake.adapter(5).sha256());
      assertThat(said.get("missing").asText()).isEqualTo("RepositoryNotFoundError");
      assertThat(said.get("no_revision").asText()).isEqualTo("RevisionNotFoundError");
    }
  }
}
