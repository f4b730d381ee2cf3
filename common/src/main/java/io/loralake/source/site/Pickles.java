package io.loralake.source.site;

import java.util.Locale;

/** Files that run code when they are opened. They are told apart by name: nobody looks inside. */
final class Pickles {
  private Pickles() {}

  static boolean isPickle(final String fileName) {
    return fileName.toLowerCase(Locale.ROOT).matches(".*\\.(bin|pt|pth|ckpt|pkl|pickle)");
  }
}
