package io.loralake.source.site;

/**
 * Where a listing goes on; as text, {@link Page#next()}.
 *
 * @param before what the pages so far have listed, as the list's limit counts it
 * @param place what the site calls the next page; null for the first
 */
public record Cursor(int before, String place) {

  /**
   * @param text what {@link #toString} wrote; null at the beginning
   */
  public static Cursor parse(final String text) {
    if (text == null) {
      return new Cursor(0, null);
    }
    final String[] parts = text.split(" ", 2);
    return new Cursor(Integer.parseInt(parts[0]), parts[1]);
  }

  @Override
  public String toString() {
    return before + " " + place;
  }
}
