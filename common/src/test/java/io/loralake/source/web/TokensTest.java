package io.loralake.source.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokensTest {
  @ParameterizedTest
  @CsvSource({
    "https://site.example/a, true",
    "HTTPS://Site.Example:443/a?b=c, true",
    "http://site.example/a, false",
    "http://site.example:443/a, false",
    "https://site.example:8443/a, false",
    "https://cdn.site.example/a, false"
  })
  void aTokenGoesWhereSchemeHostAndPortAgree(final URI address, final boolean goes) {
    final String origin = Tokens.origin(URI.create("https://site.example"));
    assertThat(new Tokens(Map.of(origin, "secret")).has(address)).isEqualTo(goes);
  }
}
