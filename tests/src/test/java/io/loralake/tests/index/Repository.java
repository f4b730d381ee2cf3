package io.loralake.tests.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Files of this repository that tests read. */
public final class Repository {
  public static final Path ROOT = Path.of(System.getProperty("loralake.root", "..")).normalize();
  public static final Path LORA = ROOT.resolve("tests/fixtures/lora");
  public static final Path GOOD = LORA.resolve("files");
  public static final Path BAD = LORA.resolve("bad");

  /** Sizes of the model that the fixtures are for. */
  public static final Path TINY_MODEL = ROOT.resolve("tests/fixtures/flux/config.json");

  private Repository() {}

  /** The adapter files of a folder, by name. */
  public static List<Path> adapters(final Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a folder with all that is in it to a place where nothing is yet, and returns that. */
  public static Path copy(final Path folder, final Path place) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (final Path file : files.toList()) {
        Files.copy(file, place.resolve(folder.relativize(file).toString()));
      }
    }
    return place;
  }
}
