package io.loralake.tests.sites;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file that people publish.
 *
 * @param name its name on the site
 * @param size length in bytes
 * @param sha256 of its bytes
 * @param path where the bytes are
 */
public record Published(String name, long size, String sha256, Path path) {

  public static Published of(final String name, final Path path) {
    try {
      final byte[] bytes = Files.readAllBytes(path);
      return new Published(name, bytes.length, sha256(bytes), path);
    } catch (final IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  public byte[] bytes() throws IOException {
    return Files.readAllBytes(path);
  }

  static String sha256(final byte[] bytes) {
    return hash("SHA-256", bytes);
  }

  /** Forty digits, as a commit has. */
  static String sha1(final JsonNode of) {
    return hash("SHA-1", of.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private static String hash(final String algorithm, final byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
