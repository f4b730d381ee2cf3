package io.loralake.lab;

import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.safetensors.TensorInfo;
import io.loralake.tensor.TensorData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Files that no index may take for adapters, made from a good one, each with its own fault. */
public final class BadAdapters {
  private final Path good;
  private final Path out;

  /**
   * @param good an adapter of the zoo
   * @param out folder for the bad ones
   */
  public BadAdapters(final Path good, final Path out) {
    this.good = good;
    this.out = out;
  }

  /** Writes them all. */
  public void write() throws IOException {
    Files.createDirectories(out);
    final byte[] bytes = Files.readAllBytes(good);
    write("interrupted_download", Arrays.copyOf(bytes, bytes.length / 2));
    write("zero", new byte[0]);
    write("header_only", Arrays.copyOf(bytes, 60));
    write("error_page", "<!DOCTYPE html><title>404</title>".getBytes(StandardCharsets.US_ASCII));
    write("renamed_pickle", pickle());
    write(
        "git_lfs_pointer",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
            .getBytes(StandardCharsets.US_ASCII));
    otherBase("sdxl_style", "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q");
    otherBase("flux2_style", "diffusion_model.double_stream_modulation_img.lin");
    withNan("exploded");
    withoutHalf("half_of_it");
  }

  private void write(final String name, final byte[] content) throws IOException {
    Files.write(path(name), content);
  }

  private Path path(final String name) {
    return out.resolve(name + ".safetensors");
  }

  /** What torch.save makes of an empty dictionary: a zip around a pickle. */
  private static byte[] pickle() throws IOException {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      final ZipEntry entry = new ZipEntry("archive/data.pkl");
      entry.setTime(0);
      zip.putNextEntry(entry);
      zip.write(new byte[] {(byte) 0x80, 2, '}', 'q', 0, '.'});
      zip.closeEntry();
    }
    return bytes.toByteArray();
  }

  private void otherBase(final String name, final String module) throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(module + ".lora_down.weight", TensorData.ofFloats(new float[64], 1, 64));
    tensors.put(module + ".lora_up.weight", TensorData.ofFloats(new float[64], 64, 1));
    SafetensorsWriter.write(path(name), tensors, Map.of());
  }

  private void withNan(final String name) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(good)) {
      final Map<String, TensorData> tensors = new LinkedHashMap<>();
      for (final String tensor : file.names()) {
        final TensorInfo info = file.info(tensor);
        final float[] values = file.floats(tensor);
        if (values.length > 1) {
          values[values.length / 2] = Float.NaN;
        }
        tensors.put(tensor, TensorData.ofFloats(info.dtype(), values, info.shape()));
      }
      SafetensorsWriter.write(path(name), tensors, Map.of());
    }
  }

  /** Every other factor is absent. */
  private void withoutHalf(final String name) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(good)) {
      final Map<String, TensorData> tensors = new LinkedHashMap<>();
      for (final String tensor : file.names()) {
        if (!tensor.contains("lora_up") && !tensor.contains("lora_B")) {
          final TensorInfo info = file.info(tensor);
          tensors.put(tensor, TensorData.ofFloats(info.dtype(), file.floats(tensor), info.shape()));
        }
      }
      SafetensorsWriter.write(path(name), tensors, Map.of());
    }
  }
}
