package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources and tables on a real S3 server in this JVM. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class S3IndexTest {
  private static final String BUCKET = S3Server.BUCKET;

  @TempDir private Path directory;

  private static S3Server server;
  private static FileSystem files;

  @BeforeAll
  static void startServer() throws Exception {
    server = new S3Server();
    files = server.files();
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  private static void upload(final Path file, final String uri) throws IOException {
    server.upload(file, uri);
  }

  private static org.apache.hadoop.fs.Path path(final String uri) {
    return new org.apache.hadoop.fs.Path(uri);
  }

  private static IndexResult index(final String source, final String catalog) {
    return index(List.of(source), catalog);
  }

  private static IndexResult index(final List<String> sources, final String catalog) {
    return Lake.run(
        new IndexOptions(
            sources,
            catalog,
            Optional.of(Repository.TINY_MODEL.toString()),
            Optional.empty(),
            false,
            16_000_000_000L,
            1));
  }

  @Test
  void sourcesAndTablesOnS3() throws IOException {
    final String source = BUCKET + "/adapters";
    final List<Path> good = Repository.adapters(Repository.GOOD).subList(0, 8);
    final List<Path> bad = Repository.adapters(Repository.BAD).subList(0, 8);
    for (final Path file : good) {
      upload(file, source + "/good/" + file.getFileName());
    }
    for (final Path file : bad) {
      upload(file, source + "/bad/" + file.getFileName());
    }
    final CatalogTables tables = new CatalogTables(BUCKET + "/catalog");

    final IndexResult first = index(source, tables.path());
    assertThat(first.complete()).isTrue();
    assertThat(first.indexed()).isEqualTo(8);
    assertThat(first.quarantined()).isEqualTo(8);
    assertThat(
            tables.<Boolean>value(
                "adapters", "SELECT bool_and(locations[0].revision LIKE 'etag:%') FROM t"))
        .isTrue();

    final long version = tables.version("adapters");
    final IndexResult second = index(source, tables.path());
    assertThat(second.unchanged()).isEqualTo(16);
    assertThat(second.bytesRead()).isZero();
    assertThat(tables.version("adapters")).isEqualTo(version);

    final String replaced = source + "/good/" + good.get(0).getFileName();
    upload(good.get(7), replaced);
    upload(good.get(1), source + "/bad/" + bad.get(0).getFileName());
    final String deleted = source + "/good/" + good.get(2).getFileName();
    files.delete(path(deleted), false);
    final IndexResult third = index(source, tables.path());
    assertThat(third.indexed()).isEqualTo(2);
    assertThat(third.identical()).isEqualTo(2);
    assertThat(third.gone()).isEqualTo(1);
    assertThat(tables.read("quarantine").count()).isEqualTo(7);
  }

  @Test
  void aWholeBucketIsASource() throws IOException {
    final String inner = BUCKET + "/inner";
    upload(Repository.GOOD.resolve("xlabs.safetensors"), inner + "/stays.safetensors");
    upload(Repository.GOOD.resolve("peft_subset.safetensors"), BUCKET + "/goes.safetensors");
    final String catalog = directory.resolve("catalog").toString();
    final IndexResult first = index(List.of(BUCKET, BUCKET + "/", inner), catalog);
    assertThat(first.indexed()).isGreaterThanOrEqualTo(2);

    files.delete(path(BUCKET + "/goes.safetensors"), false);
    final IndexResult second = index(BUCKET, catalog);
    assertThat(second.gone()).isEqualTo(1);
    assertThat(second.unchanged()).as("listed once").isEqualTo(first.listed() - 1);
  }

  @Test
  void anObjectDeletedAfterTheListingFailsOnce() throws IOException {
    final String source = BUCKET + "/deleted";
    final Path file = Repository.GOOD.resolve("xlabs.safetensors");
    upload(file, source + "/stays.safetensors");
    upload(file, source + "/goes.safetensors");
    final String catalog = directory.resolve("catalog").toString();
    final IndexResult first;
    try (AtStage stage = new AtStage("COMPARE", () -> delete(path(source + "/goes.safetensors")))) {
      first = index(source, catalog);
    }
    assertThat(first.failed()).isEqualTo(1);
    assertThat(first.indexed()).isEqualTo(1);
    assertThat(index(source, catalog).complete()).isTrue();
  }

  private static void delete(final org.apache.hadoop.fs.Path path) {
    try {
      files.delete(path, false);
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** 40 MB whose header says that it is no LoRA: the header is all that is fetched. */
  @Test
  void aFileThatIsRefusedByItsHeaderIsNotFetched() throws IOException {
    final Path large = directory.resolve("large.safetensors");
    SafetensorsWriter.write(
        large,
        Map.of("lora_unet_block.lokr_w1", TensorData.ofFloats(new float[10_000_000], 10_000_000)),
        Map.of());
    upload(large, BUCKET + "/large/large.safetensors");
    final long before = bytesRead();

    final IndexResult result = index(BUCKET + "/large", directory.resolve("catalog").toString());

    assertThat(result.quarantined()).isEqualTo(1);
    assertThat(bytesRead() - before).isBetween(1L, 200_000L);
  }

  private static long bytesRead() {
    return FileSystem.getGlobalStorageStatistics().get("s3a").getLong("bytesRead");
  }
}
