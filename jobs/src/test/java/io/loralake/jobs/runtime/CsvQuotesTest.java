package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CsvQuotesTest {

  @Test
  void quotesThatAreClosedAreNone() throws IOException {
    assertThat(openQuote("")).isZero();
    assertThat(openQuote("key,prompt\n1,\"a, \"\"b\"\"\nand c\"\n2,\"\"\n")).isZero();
    assertThat(openQuote("\"\"\"x\"\"\"")).isZero();
    assertThat(openQuote("key,prompt\r\n1,a 5\" disk\r\n2, \"x\r\n")).isZero();
  }

  @Test
  void theOpenOneIsNamedByItsLine() throws IOException {
    assertThat(openQuote("key,prompt\n1,\"a\nb\"\n2,\"never\n3,c\n")).isEqualTo(4);
    assertThat(openQuote("key,prompt\n1,\"ends with one\"\"\n")).isEqualTo(2);
    assertThat(openQuote("\"")).isEqualTo(1);
  }

  private static int openQuote(final String csv) throws IOException {
    return CsvQuotes.openQuote(new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)));
  }
}
