package io.loralake.tests.sites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.source.site.Civitai;
import io.loralake.source.site.Hub;
import io.loralake.source.site.SiteSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.alias.CredentialProvider;
import org.apache.hadoop.security.alias.CredentialProviderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SiteSettingsTest {
  private static final URI HUB = URI.create(Hub.ENDPOINT);
  private static final String SECRET = "hf_secret0123456789";

  @TempDir private Path root;

  private static SiteSettings load(final Configuration conf, final Map<String, String> environment)
      throws IOException {
    return SiteSettings.load(conf, environment, "test", Long.MAX_VALUE);
  }

  @Test
  void tokensComeFromTheEnvironmentOrAFile() throws IOException {
    final Path file = Files.writeString(root.resolve("token"), SECRET + "\n");
    for (final Map<String, String> environment :
        java.util.List.of(Map.of("HF_TOKEN", SECRET), Map.of("HF_TOKEN_PATH", file.toString()))) {
      final SiteSettings settings = load(new Configuration(), environment);
      assertThat(settings.web().tokens().has(HUB)).isTrue();
      assertThat(settings.web().tokens().has(URI.create("http://huggingface.co"))).isFalse();
      assertThat(settings.web().tokens().has(URI.create("https://cdn.huggingface.co"))).isFalse();
      assertThat(settings.toString()).doesNotContain(SECRET);
    }
  }

  @Test
  void anEmptyTokenIsNone() throws IOException {
    final SiteSettings settings =
        load(new Configuration(), Map.of("HF_TOKEN", " \n", "CIVITAI_TOKEN", ""));
    assertThat(settings.web().tokens().has(HUB)).isFalse();
    assertThat(settings.web().tokens().has(URI.create(Civitai.ENDPOINT))).isFalse();
  }

  @Test
  void aWrongTokenIsToldWithoutShowingIt() throws IOException {
    final Path file = Files.writeString(root.resolve("token"), "\uFEFF" + SECRET + "\n");
    final Map<String, String> environment = Map.of("HF_TOKEN_PATH", file.toString());
    assertThat(load(new Configuration(), environment).web().tokens().has(HUB)).isTrue();
    Files.writeString(file, "a note\n" + SECRET);
    assertThatThrownBy(() -> load(new Configuration(), environment))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HF_TOKEN_PATH")
        .hasMessageNotContaining(SECRET);
  }

  @ParameterizedTest
  @CsvSource({
    "web.connections, 0, 1",
    "web.connections, many, 1",
    "web.attempts, 0, 1",
    "web.patience-seconds, -1, 0",
    "web.stall-seconds, 0, 1",
    "civitai.requests-per-minute, 0, 1"
  })
  void whatNoRequestCouldBeSentWithIsRefused(
      final String name, final String value, final int least) {
    final Configuration conf = new Configuration();
    conf.set("loralake." + name, value);
    assertThatThrownBy(() -> load(conf, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loralake." + name + " is " + value + ", allowed is from " + least);
  }

  @ParameterizedTest
  @CsvSource({
    "'', https://huggingface.co",
    "' https://hf-mirror.com/ ', https://hf-mirror.com",
    "http://localhost:8080/hub/, http://localhost:8080/hub",
  })
  void theHubIsWhereTheEnvironmentSays(final String given, final String endpoint)
      throws IOException {
    final SiteSettings settings = load(new Configuration(), Map.of("HF_ENDPOINT", given));
    assertThat(settings.hubEndpoint()).isEqualTo(endpoint);
  }

  @Test
  void anEndpointIsAnAddress() {
    assertThatThrownBy(() -> load(new Configuration(), Map.of("HF_ENDPOINT", "hf-mirror.com")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("loralake.hf.endpoint or HF_ENDPOINT is hf-mirror.com, allowed is");
  }

  @Test
  void aCredentialProviderIsAskedFirst() throws IOException {
    final Configuration conf = new Configuration();
    conf.set(
        CredentialProviderFactory.CREDENTIAL_PROVIDER_PATH,
        "localjceks://file" + root.resolve("tokens.jceks"));
    final CredentialProvider provider = CredentialProviderFactory.getProviders(conf).get(0);
    provider.createCredentialEntry("loralake.civitai.token", SECRET.toCharArray());
    provider.flush();
    final SiteSettings settings = load(conf, Map.of());
    assertThat(settings.web().tokens().has(URI.create(Civitai.ENDPOINT))).isTrue();
    assertThat(settings.web().tokens().has(HUB)).isFalse();
  }
}
