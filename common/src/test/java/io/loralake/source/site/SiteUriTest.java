package io.loralake.source.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SiteUriTest {
  @Test
  void parametersMayBeEncodedOrNot() {
    final SiteUri plain = SiteUri.parse("civitai://?types=LORA&baseModels=Flux.1 D&limit=5");
    assertThat(plain).isEqualTo(SiteUri.parse(plain.toString()));
    assertThat(plain.all("baseModels")).containsExactly("Flux.1 D");
    assertThat(plain.limit()).isEqualTo(5);
    assertThat(SiteUri.parse("civitai://?baseModels=Flux.1%20D").all("baseModels"))
        .containsExactly("Flux.1 D");
    assertThat(SiteUri.parse("civitai://?tag=a+b").all("tag")).containsExactly("a+b");
    assertThat(SiteUri.parse("civitai://?tag=100%").all("tag")).containsExactly("100%");
    assertThat(SiteUri.parse("hf://?").parameters()).isEmpty();
  }

  @Test
  void pathsAreNamed() {
    assertThat(SiteUri.parse("hf://owner/name@v1").path()).isEqualTo("owner/name@v1");
    assertThat(SiteUri.parse("hf://owner/").path()).isEqualTo("owner");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hf://o/n/one.safetensors",
        "civitai://foo",
        "civitai://models/x",
        "hf://?limit=abc"
      })
  void whatNoSiteListsIsRefused(final String source) {
    assertThatIllegalArgumentException().isThrownBy(() -> Sites.source(source));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hf://o",
        "hf://o/n",
        "hf://o/n@refs/pr/1",
        "hf://?limit=3",
        "civitai://models/12"
      })
  void whatASiteListsIsNot(final String source) {
    assertThat(Sites.source(source).toString()).startsWith(source.substring(0, 5));
  }

  @Test
  void nonsenseIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SiteUri.parse("hf://?filter"))
        .withMessageContaining("'filter' is not NAME=VALUE");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SiteUri.parse("hf://?filter="))
        .withMessageContaining("'filter=' is not NAME=VALUE");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SiteUri.parse("hf://?filter=a&=b"))
        .withMessageContaining("'=b' is not NAME=VALUE");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SiteUri.parse("://models"))
        .withMessageContaining("has no scheme");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SiteUri.parse("hf://?limit=many").limit())
        .withMessageContaining("many");
  }
}
