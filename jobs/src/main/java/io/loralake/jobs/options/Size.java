package io.loralake.jobs.options;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Width and height of a picture in pixels, written {@code 1024x768}. */
public record Size(int width, int height) {
  private static final int MAX_SIDE = 4096;
  private static final Pattern FORM = Pattern.compile("(\\d{1,5})x(\\d{1,5})");

  /** Whether a model whose sides are multiples of {@code granularity} can paint this size. */
  public boolean fits(final int granularity) {
    return width % granularity == 0
        && height % granularity == 0
        && Math.min(width, height) > 0
        && Math.max(width, height) <= MAX_SIDE;
  }

  /** What {@link #fits} wants, in words. */
  public static String allowed(final int granularity) {
    return "WxH in multiples of " + granularity + " up to " + MAX_SIDE;
  }

  @Override
  public String toString() {
    return width + "x" + height;
  }

  /** Reads {@code WxH}. */
  public static final class Converter implements ITypeConverter<Size> {
    @Override
    public Size convert(final String value) {
      final Matcher matcher = FORM.matcher(value);
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "'" + value + "' is not a size, allowed is WIDTHxHEIGHT in pixels");
      }
      return new Size(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }
  }
}
