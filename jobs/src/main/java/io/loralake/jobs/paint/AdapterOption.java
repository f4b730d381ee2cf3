package io.loralake.jobs.paint;

import io.loralake.jobs.options.LocalPath;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * An adapter of the command line, written {@code FILE} or {@code FILE:SCALE}.
 *
 * @param scale what its update is multiplied by; 1 when not given
 */
record AdapterOption(Path file, double scale) {
  private static final Pattern FORM =
      Pattern.compile("(?s)(.+?)(?::([-+.0-9eE]+|[-+]?(?:NaN|Infinity)))?");

  /** Reads {@code FILE[:SCALE]}. */
  static final class Converter implements ITypeConverter<AdapterOption> {
    @Override
    public AdapterOption convert(final String value) {
      final Matcher matcher = FORM.matcher(value);
      try {
        if (matcher.matches()) {
          final String scale = matcher.group(2);
          final double factor = scale == null ? 1 : Double.parseDouble(scale);
          if (!Float.isFinite((float) factor)) { // as which it multiplies
            throw new TypeConversionException("'" + value + "': the scale is not a finite number");
          }
          return new AdapterOption(new LocalPath().convert(matcher.group(1)), factor);
        }
      } catch (final NumberFormatException e) {
        throw new TypeConversionException("'" + value + "': the scale is not a number");
      }
      throw new TypeConversionException("'" + value + "' is not FILE or FILE:SCALE");
    }
  }
}
