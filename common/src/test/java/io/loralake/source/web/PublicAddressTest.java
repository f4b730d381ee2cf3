package io.loralake.source.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublicAddressTest {
  @ParameterizedTest
  @CsvSource({
    "https://host/a.safetensors, https://host/a.safetensors",
    "https://host/a?type=Model&format=x, https://host/a?type=Model&format=x",
    "https://host/a?token=SECRET, https://host/a",
    "https://host/a?type=Model&Token=SECRET&b=1, https://host/a?type=Model&b=1",
    "https://joe:SECRET@host:81/a@b, https://host:81/a@b",
    "https://host/a?X-Amz-Date=1&X-Amz-Signature=SECRET, https://host/a",
    "https://host/a?Expires=1&Signature=SECRET&Key-Pair-Id=K, https://host/a",
    "https://host/a?sv=1&sig=SECRET, https://host/a",
    "s3a://bucket/a, s3a://bucket/a",
    "no address at all, no address at all"
  })
  void leavesOutWhatOpensDoors(final String address, final String shown) {
    assertThat(PublicAddress.of(address)).isEqualTo(shown);
  }
}
