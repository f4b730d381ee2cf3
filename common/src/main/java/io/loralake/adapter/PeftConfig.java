package io.loralake.adapter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code adapter_config.json}, which PEFT saves beside {@code adapter_model.safetensors}: the only
 * place where that file's alpha stands.
 */
public final class PeftConfig {
  public static final String NAME = "adapter_config.json";

  /** Of a configuration that is read; PEFT's own have some kilobytes. */
  public static final int MAX_BYTES = 4 << 20;

  private static final Pattern ADAPTER =
      Pattern.compile("(?s)(|.*/)adapter_model[.]safetensors([?].*)?");

  private PeftConfig() {}

  /**
   * Where the configuration of an adapter's file is to be looked for; empty for a file that PEFT
   * has not named.
   *
   * @param file its path or URI; the query of one is no part of a name
   */
  public static Optional<String> beside(final String file) {
    final Matcher named = ADAPTER.matcher(file);
    return named.matches() ? Optional.of(named.group(1) + NAME) : Optional.empty();
  }

  /** The file with what its configuration says, which {@link LayoutParser} reads. */
  public static SafetensorsFile describe(final SafetensorsFile file, final String config) {
    return file.with(NAME, SideCar.withoutByteOrderMark(config));
  }

  /**
   * Opens a local adapter, with its configuration where it has one.
   *
   * @throws io.loralake.rejection.RejectedException when its header breaks a rule of the format
   */
  public static SafetensorsFile open(final Path file) throws IOException {
    final Optional<Path> config = beside(file.toAbsolutePath().toString()).map(Path::of);
    final boolean described = config.isPresent() && Files.isRegularFile(config.get());
    final String text = described ? new String(Files.readAllBytes(config.get()), UTF_8) : null;
    final SafetensorsFile opened = SafetensorsFile.open(file);
    return described ? describe(opened, text) : opened;
  }
}
