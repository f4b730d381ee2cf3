package io.loralake.safetensors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** Writes safetensors files: complete and under their final name, or not at all. */
public final class SafetensorsWriter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SafetensorsWriter() {}

  /**
   * Writes the tensors in the map's order.
   *
   * @param metadata becomes {@code __metadata__}; left out when empty
   */
  public static void write(
      final Path path, final Map<String, TensorData> tensors, final Map<String, String> metadata)
      throws IOException {
    AtomicFile.write(
        path,
        partial -> {
          try (FileChannel channel =
              FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeFully(channel, header(tensors, metadata));
            for (final TensorData tensor : tensors.values()) {
              writeFully(channel, tensor.bytes().duplicate());
            }
            channel.force(true);
          }
        });
  }

  /** Length, JSON, and spaces up to a multiple of 8, so that the data is aligned. */
  private static ByteBuffer header(
      final Map<String, TensorData> tensors, final Map<String, String> metadata)
      throws IOException {
    final ObjectNode root = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      final ObjectNode entry = root.putObject("__metadata__");
      metadata.forEach(entry::put);
    }
    long offset = 0;
    for (final Map.Entry<String, TensorData> tensor : tensors.entrySet()) {
      final TensorData data = tensor.getValue();
      final ObjectNode entry = root.putObject(tensor.getKey());
      entry.put("dtype", data.dtype().name());
      entry.putPOJO("shape", data.shape());
      final long end = offset + data.bytes().remaining();
      entry.putPOJO("data_offsets", new long[] {offset, end});
      offset = end;
    }
    final byte[] json = JSON.writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
    final int padded = (json.length + 7) / 8 * 8;
    final ByteBuffer bytes = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(padded).put(json);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.flip();
  }

  private static void writeFully(final FileChannel channel, final ByteBuffer bytes)
      throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
