package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.tests.VerbRun;
import io.loralake.tests.index.SharedSpark;
import io.loralake.tests.index.SitesLake;
import io.loralake.tests.sites.Published;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Adapters that lie on the Hub, on Civitai and at plain addresses when they are painted with. */
@Timeout(600)
class WebAdaptersTest {
  @TempDir private Path root;

  private SitesLake sites;
  private PictureLake lake;
  private Path prompts;

  /** Two adapters at each place. */
  @BeforeEach
  void publish() throws IOException {
    sites = new SitesLake(root.resolve("unused"));
    final Configuration conf = SharedSpark.session().sparkContext().hadoopConfiguration();
    sites.settings().forEach(conf::set);
    lake = new PictureLake(root).copyAdapters(6);
    for (int i = 0; i < 2; i++) {
      sites.hub.publish("anna/lora-" + i, published(i), SitesLake.CARD.formatted(i));
      sites.civitai.publish(i + 1, published(2 + i));
    }
    final Path list =
        Files.writeString(
            root.resolve("list.csv"),
            "url\n%s\n%s\n".formatted(sites.cdn.open(published(4)), sites.cdn.open(published(5))));
    lake.indexFrom("hf://anna", "civitai://?types=LORA", "list:" + list);
    prompts = prompts();
    sites.forget();
  }

  @AfterEach
  void close() {
    sites.close();
  }

  private Published published(final int number) {
    final Path file = lake.adapter(lake.adapters().get(number));
    return Published.of(file.getFileName().toString(), file);
  }

  /** A row for each adapter, which it names by its hash. */
  private Path prompts() throws IOException {
    final StringBuilder rows = new StringBuilder("key,prompt,steps,adapters\n");
    for (int i = 0; i < 6; i++) {
      rows.append("key-%d,an apple,2,%s%n".formatted(i, published(i).sha256()));
    }
    return Files.writeString(root.resolve("rows.csv"), rows);
  }

  private VerbRun generate(final String out, final String... more) {
    final List<String> options =
        new java.util.ArrayList<>(
            List.of("--batch", "1", "--adapter-cache", root.resolve("cache-" + out).toString()));
    options.addAll(List.of(more));
    return lake.generate(prompts, out, options.toArray(String[]::new));
  }

  @Test
  void eachIsFetchedOnce() throws IOException {
    final VerbRun run = generate("web");
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(sites.fetched()).hasSize(6).allSatisfy((uri, times) -> assertThat(times).isOne());
    final PictureLake here =
        new PictureLake(root, root.resolve("local-catalog").toString())
            .indexFrom(root.resolve("zoo").toString());
    assertThat(here.generate(prompts, "here", "--batch", "1").code()).isZero();
    here.assertSamePixels("web", "here");
  }

  /** Civitai has no licences but permissions; the list's files tell of neither. */
  @Test
  void whatSitesAllowIsCredited() throws IOException {
    assertThat(generate("told").code()).isZero();
    final String allowed =
        "Civitai (commercial use of images; no credit needed; merges allowed; merges keep the"
            + " terms)";
    assertThat(new String(lake.samples("told").get("key-2").get("json"), StandardCharsets.UTF_8))
        .contains("\"licence\":\"" + allowed + "\"");
    assertThat(lake.out("told").resolve("README.md"))
        .content()
        .contains("Licences of the adapters: " + allowed + ", ", ", unknown. Creators: ")
        .contains("| artist-1 | " + allowed + " | 1 |");
    assertThat(lake.out("told").resolve("report.html")).content().contains(">" + allowed + "<");
  }

  @Test
  void whatItsSiteHasLostOrChangedFailsAlone() throws IOException {
    sites.hub.remove("anna/lora-0"); // strangers hear that they should log in
    sites.civitai.remove(1);
    Files.write(published(4).path(), new byte[] {0}); // the address has other bytes now

    final VerbRun run = generate("lost");

    assertThat(run.code()).as(run.out()).isEqualTo(1);
    assertThat(run.out()).contains("3 pictures are there, 3 failed");
    assertThat(lake.json("lost", "00000_stats.json").get("status_dict").toString())
        .contains("\"GATED\":1", "\"GONE\":1", "\"HASH_MISMATCH\":1");
  }
}
