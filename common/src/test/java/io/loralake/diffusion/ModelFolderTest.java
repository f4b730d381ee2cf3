package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.lab.BaseFolder;
import io.loralake.model.FluxConfig;
import io.loralake.text.MiniLmConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opening reads no weights, so the files need not hold any. */
class ModelFolderTest {
  @TempDir private Path folder;

  @Test
  void theKindOfModelDecidesWhatTheFolderDoesNotSay() throws IOException {
    writeFlux("flux-dev");
    final ModelFolder dev = ModelFolder.open(folder);
    assertThat(dev.sampling()).isEqualTo(SamplingDefaults.DEV);
    assertThat(dev.schedule()).isEqualTo(FlowMatchEuler.DEV);
    assertThat(dev.text().tokens()).isEqualTo(512);
    assertThat(dev.text().parameters()).containsOnlyKeys("CLIP", "T5");
    assertThat(dev.granularity()).isEqualTo(16);

    writeFlux("flux-schnell");
    final ModelFolder schnell = ModelFolder.open(folder);
    assertThat(schnell.sampling()).isEqualTo(SamplingDefaults.SCHNELL);
    assertThat(schnell.schedule()).isEqualTo(FlowMatchEuler.SCHNELL);
    assertThat(schnell.text().tokens()).isEqualTo(256);
  }

  @Test
  void readsBackWhatTheLabWrites() throws IOException {
    writeFlux("lab");
    final SamplingDefaults sampling = new SamplingDefaults(48, 24, 7, 1.5, 2.5);
    final MiniLmConfig text = new MiniLmConfig(16, 20.5);
    final BaseFolder base = new BaseFolder(folder);
    base.save(sampling);
    base.save(text);
    final ModelFolder lab = ModelFolder.open(folder);
    assertThat(lab.sampling()).isEqualTo(sampling);
    assertThat(lab.text()).isEqualTo(new MiniLmPart(text));
    assertThat(lab.text().tokens()).isEqualTo(16);
  }

  @Test
  void fingerprintsNameWeightsWhereverTheyLie() throws IOException {
    writeFlux("flux-dev");
    final ModelFolder files = ModelFolder.open(folder);
    final String all = files.fingerprint();
    final String transformer = files.transformerFingerprint();
    Files.writeString(folder.resolve("t5.safetensors"), "other");
    assertThat(files.fingerprint()).isNotEqualTo(all);
    assertThat(files.transformerFingerprint()).isEqualTo(transformer);
    Files.writeString(folder.resolve("flux.safetensors"), "other");
    assertThat(files.transformerFingerprint()).isNotEqualTo(transformer);

    final Path linked = Files.createDirectory(folder.resolve("linked"));
    final Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.copy(folder.resolve("flux.safetensors"), elsewhere.resolve("model.safetensors"));
    Files.copy(folder.resolve("flux.json"), elsewhere.resolve("config.json"));
    Files.createSymbolicLink(linked.resolve("transformer"), elsewhere);
    for (final String file :
        List.of(
            "ae.safetensors",
            "clip.safetensors",
            "clip_tokenizer.json",
            "t5.safetensors",
            "t5_tokenizer.json")) {
      Files.createSymbolicLink(linked.resolve(file), folder.resolve(file));
    }
    assertThat(ModelFolder.open(linked).fingerprint()).isEqualTo(files.fingerprint());
  }

  private void writeFlux(final String model) throws IOException {
    for (final String file :
        List.of(
            "flux.safetensors",
            "ae.safetensors",
            "clip.safetensors",
            "clip_tokenizer.json",
            "t5.safetensors",
            "t5_tokenizer.json")) {
      Files.write(folder.resolve(file), new byte[0]);
    }
    Files.writeString(folder.resolve("flux.json"), FluxConfig.load(model).toJson());
  }
}
