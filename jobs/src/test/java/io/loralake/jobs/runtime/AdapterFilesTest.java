package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.adapter.PeftConfig;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.FileHash;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterFilesTest {
  @TempDir private Path folder;

  @Test
  void knowsAtWhichPlaceAnAdapterWas() throws IOException {
    final Path gone = folder.resolve("gone.safetensors");
    final Path there = folder.resolve("there.safetensors");
    SafetensorsWriter.write(
        there, Map.of("a", TensorData.ofFloats(new float[] {1, 2}, 2)), Map.of());
    final String id = FileHash.of(there);
    final AdapterFiles files = files();
    files.locate(id, List.of(listed(gone), listed(there)));
    assertThat(files.source(id)).isEmpty();
    files.open(id).close();
    assertThat(files.source(id)).contains(there.toUri().toString());
  }

  @Test
  void whatPeftSaysBesideAFileComesWithIt() throws IOException {
    final Path adapter = folder.resolve("adapter_model.safetensors");
    SafetensorsWriter.write(
        adapter, Map.of("a", TensorData.ofFloats(new float[] {1, 2}, 2)), Map.of());
    final String id = FileHash.of(adapter);
    final AdapterFiles files = files();
    files.locate(id, List.of(listed(adapter)));
    try (SafetensorsFile alone = files.open(id)) {
      assertThat(alone.header().metadata()).isEmpty();
    }
    Files.writeString(folder.resolve(PeftConfig.NAME), "{\"lora_alpha\": 8}");
    try (SafetensorsFile described = files.open(id)) {
      assertThat(described.header().metadata())
          .containsEntry(PeftConfig.NAME, "{\"lora_alpha\": 8}");
    }
  }

  /** What lay there when the catalog was written has another hash. */
  @Test
  void aFileThatIsOneAdapterIsNotAnother() throws IOException {
    final Path adapter = far();
    final String id = FileHash.of(adapter);
    final String other = "0".repeat(64);
    final AdapterFiles files = files();
    files.locate(id, List.of(listed(adapter)));
    files.locate(other, List.of(listed(adapter)));
    files.open(id).close();
    assertThatThrownBy(() -> files.open(other))
        .isInstanceOf(RejectedException.class)
        .hasMessageContainingAll("its SHA-256 is " + id, other);
  }

  @Test
  void aDownloadThatADiskHasDamagedIsFetchedAgain() throws IOException {
    final Path adapter = far();
    final Path downloads = Files.createDirectory(folder.resolve("downloads"));
    final String id = FileHash.of(adapter);
    final Path damaged = Files.write(downloads.resolve(id + ".safetensors"), new byte[0]);
    downloaded(adapter, downloads).open(id).close();
    assertThat(damaged).hasSameBinaryContentAs(adapter);
  }

  /** The adapter is where it was. */
  @Test
  void aDownloadThatCannotBeKeptIsTheFoldersFault() throws IOException {
    final Path adapter = far();
    final String id = FileHash.of(adapter);
    final Path downloads = folder.resolve("downloads");
    Files.createDirectories(downloads.resolve(id + ".safetensors").resolve("in-its-place"));
    assertThatThrownBy(() -> downloaded(adapter, downloads).open(id))
        .hasMessageContainingAll("downloads cannot be written to " + downloads, "--adapter-cache");
  }

  private Path far() throws IOException {
    final Path adapter = Files.createDirectory(folder.resolve("there")).resolve("a.safetensors");
    SafetensorsWriter.write(
        adapter, Map.of("a", TensorData.ofFloats(new float[] {1, 2}, 2)), Map.of());
    return adapter;
  }

  /** Those of this machine: nothing comes from the web. */
  private AdapterFiles files() throws IOException {
    final Path downloads = Files.createDirectory(folder.resolve("downloads"));
    return new AdapterFiles(new FileStore(new Configuration()), null, DownloadFolder.of(downloads));
  }

  /** An adapter of a store of another machine. */
  private static AdapterFiles downloaded(final Path adapter, final Path downloads)
      throws IOException {
    final Configuration mounted = new Configuration();
    mounted.setBoolean("fs.viewfs.impl.disable.cache", true); // each test has its own folder
    mounted.set("fs.viewfs.mounttable.far.link./there", adapter.getParent().toUri().toString());
    final AdapterFiles files =
        new AdapterFiles(new FileStore(mounted), null, DownloadFolder.of(downloads));
    final String uri = "viewfs://far/there/" + adapter.getFileName();
    files.locate(FileHash.of(adapter), List.of(new Listed(uri, "", Listed.UNKNOWN)));
    return files;
  }

  private static Listed listed(final Path file) {
    return new Listed(file.toUri().toString(), "", Listed.UNKNOWN);
  }
}
