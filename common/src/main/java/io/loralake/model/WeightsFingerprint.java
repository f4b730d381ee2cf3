package io.loralake.model;

import io.loralake.safetensors.FileHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;

/** Names a model by its weights, wherever they lie. */
public final class WeightsFingerprint {
  private WeightsFingerprint() {}

  /**
   * SHA-256 over that of each safetensors file, 64 hexadecimal digits. Files are read side by side.
   *
   * @param parts files, folders or links to either
   */
  public static String of(final List<Path> parts) throws IOException {
    final List<Path> files = new ArrayList<>();
    for (final Path part : parts) {
      try (Stream<Path> all = Files.walk(part, FileVisitOption.FOLLOW_LINKS)) {
        all.filter(file -> file.toString().endsWith(".safetensors")).sorted().forEach(files::add);
      }
    }
    final String hashes =
        files.parallelStream().map(WeightsFingerprint::hash).collect(Collectors.joining());
    return DigestUtils.sha256Hex(hashes);
  }

  private static String hash(final Path file) {
    try {
      return FileHash.of(file);
    } catch (final IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }
}
