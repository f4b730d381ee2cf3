package io.loralake.tests.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.adapter.AdapterFile;
import io.loralake.adapter.AdapterWriter;
import io.loralake.adapter.FileStyle;
import io.loralake.adapter.LayoutParser;
import io.loralake.adapter.LowRank;
import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.Sketcher;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.DType;
import io.loralake.tests.index.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped encoder sees updates, not files: any copy of an adapter gets the same embedding. */
class WholeZooTest {
  private static final Path LAB = Repository.ROOT.resolve("tests/lab");
  private static final LayerTable TABLE = LayerTable.of(FluxConfig.load("lab"));

  @TempDir private Path folder;

  @Test
  void copiesOfEveryThirdAdapterAreEmbeddedAlike() throws IOException {
    final ProbeSet probes = ProbeSet.load(LAB.resolve("base/probes.safetensors"), TABLE);
    try (Sketcher sketcher = new Sketcher(TABLE, probes);
        AdapterEncoder encoder = EncoderArtifact.read(encoder()).open()) {
      final List<Path> zoo = files(LAB.resolve("zoo"), ".safetensors");
      for (int each = 0; each < zoo.size(); each += 3) {
        final Path file = zoo.get(each);
        final List<byte[]> sketches = new ArrayList<>();
        sketches.add(sketch(sketcher, file));
        final List<Path> copies = copies(file);
        for (final Path copy : copies) {
          sketches.add(sketch(sketcher, copy));
        }
        final float[][] embeddings = encoder.embed(sketches);
        for (int i = 0; i < copies.size(); i++) {
          assertThat(cosine(embeddings[0], embeddings[i + 1]))
              .as("%s as %s", file.getFileName(), copies.get(i).getFileName())
              .isGreaterThan(0.999);
        }
      }
    }
  }

  private static Path encoder() throws IOException {
    return files(LAB.resolve("encoder"), ".json").get(0);
  }

  private static List<Path> files(final Path folder, final String suffix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  /** One in bf16 of every naming that has its layers, and one with factors B G and G^-1 A. */
  private List<Path> copies(final Path file) throws IOException {
    final Map<String, LowRank> layers = AdapterFile.load(file, TABLE).transformer().layers();
    final List<Path> copies = new ArrayList<>();
    for (final String name : FileStyle.names()) {
      final FileStyle style = FileStyle.of(name);
      if (layers.keySet().stream()
          .allMatch(layer -> style.covers(TABLE.find(layer).orElseThrow()))) {
        final Path copy = folder.resolve(name + ".safetensors");
        new AdapterWriter(style, DType.BF16, TABLE).write(copy, layers, Map.of());
        copies.add(copy);
      }
    }
    final Map<String, LowRank> other = new LinkedHashMap<>();
    layers.forEach((layer, update) -> other.put(layer, factoredAnew(update)));
    final Path copy = folder.resolve("factored.safetensors");
    new AdapterWriter(FileStyle.of("bfl"), DType.F32, TABLE).write(copy, other, Map.of());
    copies.add(copy);
    return copies;
  }

  /** Rows of A are added up and scaled; B takes it back: the product stays. */
  private static LowRank factoredAnew(final LowRank update) {
    final int rank = update.rank();
    final Random random = new Random(rank);
    final float[] a = update.a().clone();
    final float[] b = update.b().clone();
    for (int r = 0; r + 1 < rank; r++) { // adds row r + 1 of A to row r; B takes it back
      final float factor = (float) random.nextGaussian();
      for (int i = 0; i < update.inDim(); i++) {
        a[r * update.inDim() + i] += factor * a[(r + 1) * update.inDim() + i];
      }
      for (int o = 0; o < update.outDim(); o++) {
        b[o * rank + r + 1] -= factor * b[o * rank + r];
      }
    }
    for (int r = 0; r < rank; r++) {
      final float scale = (float) Math.exp(random.nextGaussian());
      for (int i = 0; i < update.inDim(); i++) {
        a[r * update.inDim() + i] *= scale;
      }
      for (int o = 0; o < update.outDim(); o++) {
        b[o * rank + r] /= scale;
      }
    }
    return new LowRank(rank, update.inDim(), update.outDim(), a, b);
  }

  private static byte[] sketch(final Sketcher sketcher, final Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return sketcher
          .sketch(file, LayoutParser.parse(path.toString(), file.header(), TABLE))
          .sketch()
          .halves();
    }
  }

  private static double cosine(final float[] a, final float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
