package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.tests.VerbRun;
import io.loralake.tests.index.CatalogTables;
import io.loralake.tests.index.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Adapters, catalog and output on a real S3 server in this JVM. */
@Timeout(value = 480, unit = TimeUnit.SECONDS)
class S3GenerateTest {
  private static final String OUT = S3Server.BUCKET + "/pictures";
  private static final int ADAPTERS = 4;
  private static final int PICTURES = 6;

  @TempDir private Path root;

  private S3Server server;

  @BeforeEach
  void startServer() throws Exception {
    server = new S3Server();
  }

  @AfterEach
  void stopServer() throws Exception {
    server.close();
  }

  @Test
  void shardsAreWholeAndASecondRunWritesNothing() throws IOException {
    final PictureLake lake =
        new PictureLake(root, S3Server.BUCKET + "/catalog").copyAdapters(ADAPTERS);
    for (final String name : lake.adapters()) {
      server.upload(lake.adapter(name), S3Server.BUCKET + "/zoo/" + name + ".safetensors");
    }
    lake.indexFrom(S3Server.BUCKET + "/zoo");
    final Path prompts = lake.prompts("prompts.jsonl", PICTURES, 2);
    final Path cache = root.resolve("adapters");
    final String[] options = {
      "--batch", "2", "--shard-size", "4", "--adapter-cache", cache.toString()
    };

    final VerbRun run = lake.generate(prompts, OUT, options);

    assertThat(run.code()).as(run.out()).isZero();
    final Map<String, String> objects = objects();
    assertThat(objects)
        .containsOnlyKeys(
            "00000.parquet",
            "00000.tar",
            "00000_stats.json",
            "00001.parquet",
            "00001.tar",
            "00001_stats.json",
            "README.md",
            "_plans/00000.done",
            "_plans/00000.jsonl",
            "manifest.json",
            "report.html");
    assertThat(
            new CatalogTables(S3Server.BUCKET + "/catalog")
                .<Long>value(
                    "generations", "SELECT count(*) FROM t WHERE out = '%s'".formatted(OUT)))
        .isEqualTo(PICTURES);
    try (var downloaded = Files.list(cache)) {
      assertThat(downloaded.map(file -> file.getFileName().toString()))
          .hasSize(ADAPTERS)
          .allMatch(name -> name.matches("[0-9a-f]{64}[.]safetensors"));
    }

    final PictureLake here = new PictureLake(root).indexFrom(root.resolve("zoo").toString());
    assertThat(here.generate(prompts, "here", "--batch", "2", "--shard-size", "4").code()).isZero();
    download();
    here.assertSamePixels("downloaded", "here");

    final VerbRun again = lake.generate(prompts, OUT, options);
    assertThat(again.code()).as(again.out()).isZero();
    assertThat(again.out()).contains("nothing to do: 6 pictures are there");
    assertThat(objects()).isEqualTo(objects);
  }

  /** Date and size of each object of the output. */
  private Map<String, String> objects() throws IOException {
    final Map<String, String> objects = new TreeMap<>();
    final RemoteIterator<LocatedFileStatus> files =
        server.files().listFiles(new org.apache.hadoop.fs.Path(OUT), true);
    while (files.hasNext()) {
      final LocatedFileStatus file = files.next();
      objects.put(
          file.getPath().toString().substring(OUT.length() + 1),
          file.getModificationTime() + " " + file.getLen());
    }
    return objects;
  }

  private void download() throws IOException {
    Files.createDirectories(root.resolve("downloaded"));
    for (final String shard : new String[] {"00000.tar", "00001.tar"}) {
      try (var object = server.files().open(new org.apache.hadoop.fs.Path(OUT + "/" + shard))) {
        Files.copy(object, root.resolve("downloaded").resolve(shard));
      }
    }
  }
}
