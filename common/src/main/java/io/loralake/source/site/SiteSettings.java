package io.loralake.source.site;

import io.loralake.source.web.Tokens;
import io.loralake.source.web.WebSettings;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * Where the sites are and how to behave there, from Hadoop's configuration ({@code
 * loralake.hf.endpoint}, {@code loralake.civitai.endpoint}, {@code
 * loralake.civitai.requests-per-minute}, {@code loralake.web.*}) and the environment.
 *
 * <p>Tokens, first found: Hadoop's credential provider ({@code loralake.hf.token}, {@code
 * loralake.civitai.token}); the environment ({@code HF_TOKEN}, {@code CIVITAI_TOKEN}); a file that
 * {@code HF_TOKEN_PATH} or {@code CIVITAI_TOKEN_PATH} names.
 */
public record SiteSettings(
    WebSettings web, String hubEndpoint, String civitaiEndpoint, int civitaiRequestsPerMinute)
    implements Serializable {
  private static final String PREFIX = "loralake.";

  /**
   * Reads the settings.
   *
   * @param userAgent what to call ourselves
   * @param deadlineMillis when the run must end, by the clock
   * @throws IllegalArgumentException when a number is none or too small, an endpoint no address of
   *     HTTP, or a token no line of ASCII
   */
  public static SiteSettings load(
      final Configuration configuration,
      final Map<String, String> environment,
      final String userAgent,
      final long deadlineMillis)
      throws IOException {
    final String hub =
        endpoint(
            PREFIX + "hf.endpoint or HF_ENDPOINT",
            configuration.get(PREFIX + "hf.endpoint", environment.getOrDefault("HF_ENDPOINT", "")),
            Hub.ENDPOINT);
    final String civitai =
        endpoint(
            PREFIX + "civitai.endpoint",
            configuration.get(PREFIX + "civitai.endpoint", ""),
            Civitai.ENDPOINT);
    final Map<String, String> tokens = new TreeMap<>();
    token(configuration, environment, "hf", "HF_TOKEN")
        .ifPresent(token -> tokens.put(Tokens.origin(URI.create(hub)), token));
    token(configuration, environment, "civitai", "CIVITAI_TOKEN")
        .ifPresent(token -> tokens.put(Tokens.origin(URI.create(civitai)), token));
    return new SiteSettings(
        new WebSettings(
            userAgent,
            new Tokens(tokens),
            number(configuration, "web.connections", 1, 4),
            number(configuration, "web.attempts", 1, 5),
            seconds(configuration, "web.patience-seconds", 0, 600),
            seconds(configuration, "web.stall-seconds", 1, 60),
            deadlineMillis),
        hub,
        civitai,
        number(configuration, "civitai.requests-per-minute", 1, 120));
  }

  private static int number(
      final Configuration configuration, final String name, final int least, final int standard) {
    try {
      final int number = configuration.getInt(PREFIX + name, standard);
      if (number >= least) {
        return number;
      }
    } catch (final NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(
        "%s%s is %s, allowed is from %d"
            .formatted(PREFIX, name, configuration.get(PREFIX + name), least));
  }

  private static Duration seconds(
      final Configuration configuration, final String name, final int least, final int standard) {
    return Duration.ofSeconds(number(configuration, name, least, standard));
  }

  /** An empty one, as of a variable that is not filled in, is the standard. */
  private static String endpoint(final String place, final String given, final String standard) {
    final String address = given.isBlank() ? standard : given.strip();
    if (!address.matches("https?://.+")) {
      throw new IllegalArgumentException(
          "%s is %s, allowed is an address that begins with https:// or http://"
              .formatted(place, address));
    }
    return address.replaceAll("/+$", "");
  }

  private static Optional<String> token(
      final Configuration configuration,
      final Map<String, String> environment,
      final String site,
      final String variable)
      throws IOException {
    final char[] secret = configuration.getPassword(PREFIX + site + ".token");
    if (secret != null) {
      return token(PREFIX + site + ".token", new String(secret));
    }
    if (environment.containsKey(variable)) {
      return token(variable, environment.get(variable));
    }
    final String path = environment.get(variable + "_PATH");
    return path == null
        ? Optional.empty()
        : token(variable + "_PATH", Files.readString(Path.of(path)));
  }

  /** An empty one, as of a secret that is not set, is none; no message may show a wrong one. */
  private static Optional<String> token(final String place, final String text) {
    final String token = text.replace("\uFEFF", "").strip();
    if (!token.isEmpty() && !token.matches("[!-~]+")) {
      throw new IllegalArgumentException(
          "The token of " + place + " is not one line of ASCII letters, digits and signs");
    }
    return token.isEmpty() ? Optional.empty() : Optional.of(token);
  }
}
