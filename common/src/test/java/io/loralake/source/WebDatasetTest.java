package io.loralake.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebDatasetTest {
  private static final String CAT = "\u732b.png";
  private static final String DOG = "\u72ac.png";

  private static byte[] tar(final boolean gzipped, final String... names) throws IOException {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = gzipped ? new GZIPOutputStream(bytes) : bytes;
        TarArchiveOutputStream tar =
            new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name())) {
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

  /** Endings are lower case, as Python's webdataset has them. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void neighboursOfOneNameAreASample(final boolean gzipped) throws IOException {
    final List<WebDataset.Sample> samples =
        samples(tar(gzipped, "a/", "a/one.PNG", "a/one.seg.json", "a.b/two.png", "three"));

    assertThat(samples)
        .extracting(WebDataset.Sample::key)
        .containsExactly("a/one", "a.b/two", "three");
    assertThat(samples.get(0).members().keySet()).containsExactly("png", "seg.json");
    assertThat(samples.get(0).members().get("png")).asString().isEqualTo("a/one.PNG");
  }

  /** As tar of macOS writes one before each file that has attributes. */
  @Test
  void hiddenFilesDoNotPartASample() throws IOException {
    final List<WebDataset.Sample> samples =
        samples(tar(false, "a/._one.png", "a/one.png", "a/._one.txt", "a/one.txt", ".DS_Store"));

    assertThat(samples).extracting(WebDataset.Sample::key).containsExactly("a/one");
    assertThat(samples.get(0).members().keySet()).containsExactly("png", "txt");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCutTarIsAnError(final boolean gzipped) throws IOException {
    final byte[] whole = tar(gzipped, "one.png", "two.png");
    final byte[] cut = Arrays.copyOf(whole, gzipped ? whole.length / 2 : 520);

    assertThatThrownBy(() -> samples(cut)).isInstanceOf(IOException.class);
  }

  /** As on a cluster whose processes have no locale. */
  @Test
  void namesAreUtf8InAnyLocale(@TempDir final Path folder) throws Exception {
    final Path shard = folder.resolve("shard.tar");
    final Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dfile.encoding=US-ASCII",
                "-cp",
                System.getProperty("java.class.path"),
                Copying.class.getName(),
                Files.write(folder.resolve("given.tar"), tar(false, CAT, DOG)).toString(),
                shard.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    assertThat(samples(Files.readAllBytes(shard)))
        .extracting(WebDataset.Sample::key)
        .containsExactly("\u732b", "\u72ac");
  }

  /** Reads a shard and writes another with its samples. */
  static final class Copying {
    private Copying() {}

    public static void main(final String[] args) throws IOException {
      try (WebDatasetWriter writer =
          new WebDatasetWriter(Files.newOutputStream(Path.of(args[1])))) {
        for (final WebDataset.Sample sample : samples(Files.readAllBytes(Path.of(args[0])))) {
          writer.add(sample.key(), sample.members());
        }
      }
    }
  }
}
