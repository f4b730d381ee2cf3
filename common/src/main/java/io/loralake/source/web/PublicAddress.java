package io.loralake.source.web;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A web address as it may be stored and told: without what opens doors. */
public final class PublicAddress {
  private static final Pattern LOGIN = Pattern.compile("^(\\w+://)[^/?#]*@");

  /** The query of a signed link is good for a while, and for whoever has it. */
  private static final Pattern SIGNED =
      Pattern.compile("(?i)[?&](sig|signature|x-(amz|goog)-signature)=");

  private static final List<String> SECRETS =
      List.of("token", "access_token", "api_key", "apikey", "api-key", "auth", "password");

  private PublicAddress() {}

  /** The same file's address without login, signature and tokens. */
  public static String of(final String address) {
    final String open = withoutLogin(address);
    final int query = open.indexOf('?');
    if (query < 0) {
      return open;
    }
    final String file = open.substring(0, query);
    if (SIGNED.matcher(open).find()) {
      return file;
    }
    final String kept =
        Stream.of(open.substring(query + 1).split("&"))
            .filter(it -> SECRETS.stream().noneMatch(it.split("=", 2)[0]::equalsIgnoreCase))
            .collect(Collectors.joining("&"));
    return kept.isEmpty() ? file : file + "?" + kept;
  }

  static String withoutLogin(final String address) {
    return LOGIN.matcher(address).replaceFirst("$1");
  }
}
