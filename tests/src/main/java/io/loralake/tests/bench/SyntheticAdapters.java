package io.loralake.tests.bench;

import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.Half;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Adapter files of true sizes with random values, in kohya's naming. */
public final class SyntheticAdapters {
  private static final int POOL = 1 << 20;

  private final LayerTable table;
  private final Random random = new Random(17);
  private final Map<DType, ByteBuffer> pools = new LinkedHashMap<>();

  public SyntheticAdapters(final LayerTable table) {
    this.table = table;
    pools.put(DType.F16, ByteBuffer.allocate(2 * POOL).order(ByteOrder.LITTLE_ENDIAN));
    pools.put(DType.BF16, ByteBuffer.allocate(2 * POOL).order(ByteOrder.LITTLE_ENDIAN));
    for (int i = 0; i < POOL; i++) {
      final float value = (float) (0.02 * random.nextGaussian());
      pools.get(DType.F16).putShort(2 * i, Half.fromFloat(value));
      pools.get(DType.BF16).putShort(2 * i, Half.brainFromFloat(value));
    }
  }

  /** Writes an adapter with all block layers, unless the file is already there. */
  public void write(final Path path, final int rank, final DType dtype) throws IOException {
    if (Files.exists(path)) {
      return;
    }
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (final Layer layer : table.blockLayers()) {
      final String name = "lora_unet_" + layer.name().replace('.', '_');
      tensors.put(name + ".alpha", TensorData.ofFloats(dtype, new float[] {rank}, new long[0]));
      tensors.put(name + ".lora_down.weight", values(dtype, rank, layer.inDim()));
      tensors.put(name + ".lora_up.weight", values(dtype, layer.outDim(), rank));
    }
    SafetensorsWriter.write(path, tensors, Map.of("format", "pt"));
  }

  /** A window of the pool of random numbers, repeated where it is too short. */
  private TensorData values(final DType dtype, final int rows, final int columns) {
    final int bytes = rows * columns * dtype.bytes();
    final ByteBuffer pool = pools.get(dtype);
    final ByteBuffer values = ByteBuffer.allocate(bytes);
    int from = 2 * random.nextInt(POOL);
    while (values.hasRemaining()) {
      final int length = Math.min(values.remaining(), pool.capacity() - from);
      values.put(pool.slice(from, length));
      from = 0;
    }
    return new TensorData(dtype, new long[] {rows, columns}, values.flip());
  }
}
