package io.loralake.jobs.options;

import io.loralake.jobs.runtime.SentenceEncoders;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a name that {@link SentenceEncoders#get} takes, before Spark is started for it. */
public final class TextEncoderConverter implements ITypeConverter<String> {

  @Override
  public String convert(final String value) {
    if (!SentenceEncoders.isThere(value)) {
      throw new TypeConversionException(
          "'%s' is no folder: allowed is %s or the folder of a base model"
              .formatted(value, SentenceEncoders.MINILM));
    }
    return value;
  }
}
