package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import io.loralake.tests.bench.SyntheticAdapters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of 1 KB and of 2 GB, and sketches of more bytes than the heap, which is 1 GB. */
@Tag("slow")
class SkewedSizesTest {
  /** 304 layers of FLUX.1 at this rank in two bytes a number are 2.0 GB. */
  private static final int RANK = 210;

  private static final int SMALL_FILES = 200;

  /** Of 16 probes and all of the lab's layers they are 0.6 MB each: 1 GB in one batch. */
  private static final int SKETCHES = 1600;

  @TempDir private Path root;

  @Test
  void sketchesOfABatchMayBeMoreThanTheHeap() throws IOException, InterruptedException {
    final Lake lake = new Lake(root);
    final SyntheticAdapters adapters = new SyntheticAdapters(LayerTable.of(FluxConfig.load("lab")));
    Files.createDirectories(lake.source());
    for (int i = 0; i < SKETCHES; i++) {
      adapters.write(lake.source().resolve(i + ".safetensors"), 1, DType.F16);
    }

    final LoralakeProcess run = index(lake, "lab");

    assertThat(run.exitCode(Duration.ofSeconds(400))).as(run.output()).isZero();
    assertThat(run.output()).contains("Merge batch 1 of 1").contains("indexed 1,600");
  }

  @Test
  void sizesMayDifferAMillionfold() throws IOException, InterruptedException {
    final Lake lake = new Lake(root);
    final Path small = root.resolve("small.safetensors");
    writeSmall(small);
    for (int i = 0; i < SMALL_FILES; i++) {
      final Path file = i % 4 == 0 ? small : Repository.BAD.resolve("missing_up.safetensors");
      lake.add("small-" + i + ".safetensors", file);
    }
    final Path large = lake.source().resolve("large.safetensors");
    writeLarge(large);
    assertThat(Files.size(large)).isGreaterThan(2_000_000_000L);

    final LoralakeProcess run = index(lake, "flux-dev");

    assertThat(run.exitCode(Duration.ofSeconds(400))).as(run.output()).isZero();
    assertThat(run.output())
        .contains("listed 201 = unchanged 0 + indexed 51 + quarantined 150 + failed 0");
    assertThat(
            lake.tables()
                .<Long>value(
                    "adapters",
                    "SELECT count(*) FROM t WHERE size > 2e9 AND layers_used = 304"
                        + " AND strength > 0"))
        .isEqualTo(1);
  }

  private LoralakeProcess index(final Lake lake, final String model) throws IOException {
    return LoralakeProcess.start(
        root.resolve("run.log"),
        List.of("-Xmx1g", "-XX:-UseSerialGC", "-XX:+UseG1GC"), // the JVM's own choice
        List.of(
            "index",
            "--source",
            lake.source().toString(),
            "--catalog",
            lake.catalog().toString(),
            "--model",
            model,
            "--master",
            "local[2]"));
  }

  private static void writeSmall(final Path path) throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("transformer.x_embedder.lora_A.weight", ones(1, 64));
    tensors.put("transformer.x_embedder.lora_B.weight", ones(3072, 1));
    SafetensorsWriter.write(path, tensors, Map.of());
  }

  private static TensorData ones(final int rows, final int columns) {
    final float[] values = new float[rows * columns];
    Arrays.fill(values, 1);
    return TensorData.ofFloats(values, rows, columns);
  }

  /** Zeros, which cost no disk, but for the first numbers of the first pair. */
  private static void writeLarge(final Path path) throws IOException {
    final ObjectNode header = new ObjectMapper().createObjectNode();
    long end = 0;
    long firstUp = 0;
    for (final Layer layer : LayerTable.of(FluxConfig.load("flux-dev")).blockLayers()) {
      end = put(header, layer.name() + ".lora_A.weight", end, RANK, layer.inDim());
      firstUp = firstUp == 0 ? end : firstUp;
      end = put(header, layer.name() + ".lora_B.weight", end, layer.outDim(), RANK);
    }
    final byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    final long data = 8 + json.length;
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      final ByteBuffer start = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
      file.write(start.putLong(json.length).put(json).flip(), 0);
      final byte[] half = {0x00, 0x3C}; // 1 in binary16
      file.write(ByteBuffer.wrap(half), data);
      file.write(ByteBuffer.wrap(half), data + firstUp);
      file.write(ByteBuffer.wrap(new byte[1]), data + end - 1);
    }
  }

  private static long put(
      final ObjectNode header,
      final String name,
      final long begin,
      final int rows,
      final int columns) {
    final long end = begin + 2L * rows * columns;
    final ObjectNode tensor = header.putObject(name);
    tensor.put("dtype", "F16");
    tensor.putArray("shape").add(rows).add(columns);
    tensor.putArray("data_offsets").add(begin).add(end);
    return end;
  }
}
