package io.loralake.jobs.options;

import io.loralake.tensor.Precision;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code f32} and {@code bf16} from the command line. */
public final class PrecisionConverter implements ITypeConverter<Precision> {
  @Override
  public Precision convert(final String value) {
    try {
      return Precision.parse(value);
    } catch (final IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
