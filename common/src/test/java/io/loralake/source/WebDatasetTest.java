package io.loralake.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebDatasetTest {
  private static byte[] tar(final boolean gzipped, final String... names) throws IOException {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = gzipped ? new GZIPOutputStream(bytes) : bytes;
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (final String name : names) {
        final byte[] content = name.getBytes(StandardCharsets.UTF_8);
        final TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(name.endsWith("/") ? 0 : content.length);
        tar.putArchiveEntry(entry);
        if (!name.endsWith("/")) {
          tar.write(content);
        }
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static List<WebDataset.Sample> samples(final byte[] tar) throws IOException {
    final List<WebDataset.Sample> samples = new ArrayList<>();
    try (WebDataset dataset = new WebDataset(new ByteArrayInputStream(tar))) {
      Optional<WebDataset.Sample> next = dataset.next();
      while (next.isPresent()) {
        samples.add(next.get());
        next = dataset.next();
      }
    }
    return samples;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void neighboursOfOneNameAreASample(final boolean gzipped) throws IOException {
    final List<WebDataset.Sample> samples =
        samples(tar(gzipped, "a/", "a/one.png", "a/one.seg.json", "a.b/two.png", "three"));

    assertThat(samples)
        .extracting(WebDataset.Sample::key)
        .containsExactly("a/one", "a.b/two", "three");
    assertThat(samples.get(0).members().keySet()).containsExactly("png", "seg.json");
    assertThat(samples.get(0).members().get("png")).asString().isEqualTo("a/one.png");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCutTarIsAnError(final boolean gzipped) throws IOException {
    final byte[] whole = tar(gzipped, "one.png", "two.png");
    final byte[] cut = Arrays.copyOf(whole, gzipped ? whole.length / 2 : 520);

    assertThatThrownBy(() -> samples(cut)).isInstanceOf(IOException.class);
  }
}
