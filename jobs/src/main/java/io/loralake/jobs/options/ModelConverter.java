package io.loralake.jobs.options;

import io.loralake.model.FluxConfig;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The sizes of a base model, by its name or file; anything else is a usage error. */
public final class ModelConverter implements ITypeConverter<FluxConfig> {
  @Override
  public FluxConfig convert(final String nameOrFile) {
    try {
      return FluxConfig.load(nameOrFile);
    } catch (final IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
