package io.loralake.tests.parity;

import io.loralake.tensor.Precision;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;

/** Reads {@code f32} and {@code bf16} from the command line. */
final class PrecisionConverter implements ITypeConverter<Precision> {
  @Override
  public Precision convert(final String value) {
    return Precision.valueOf(value.toUpperCase(Locale.ROOT));
  }
}
