package io.loralake.tensor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs TorchScript source into the archive that PyTorch's loader reads: a zip of stored entries
 * with an empty module instance, no constants, and the code. A few hundred bytes of pickle protocol
 * 2 are written by hand, so that no Python is needed to build it.
 */
final class OpsArchive {
  private OpsArchive() {}

  /** Of a source beside this class, which has one class {@code Ops}. */
  static byte[] of(final String source) {
    final ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(archive)) {
      store(zip, "ops/data.pkl", moduleInstance());
      store(zip, "ops/constants.pkl", HexFormat.of().parseHex("8002292e")); // empty tuple
      store(zip, "ops/version", "10\n".getBytes(StandardCharsets.US_ASCII));
      store(zip, "ops/code/__torch__.py", source(source));
    } catch (final IOException e) {
      throw new UncheckedIOException("Cannot pack the TorchScript operations", e);
    }
    return archive.toByteArray();
  }

  private static byte[] source(final String name) throws IOException {
    try (InputStream in = OpsArchive.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  /** Pickle of {@code __torch__.Ops} with the one attribute {@code training = False}. */
  private static byte[] moduleInstance() throws IOException {
    final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.write(HexFormat.of().parseHex("8002")); // protocol 2
    pickle.write("c__torch__\nOps\n)\u0081}(X".getBytes(StandardCharsets.ISO_8859_1));
    pickle.write(HexFormat.of().parseHex("08000000")); // length of the name that follows
    pickle.write("training".getBytes(StandardCharsets.US_ASCII));
    pickle.write(HexFormat.of().parseHex("8975622e")); // False, set items, build, stop
    return pickle.toByteArray();
  }

  private static void store(final ZipOutputStream zip, final String name, final byte[] content)
      throws IOException {
    final CRC32 crc = new CRC32();
    crc.update(content);
    final ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
