package io.loralake.jobs.options;

import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads paths of this machine, plain or as {@code file:} URIs. A URI of any other store is refused:
 * as a path it would be a folder named {@code s3a:}.
 */
public final class LocalPath implements ITypeConverter<Path> {
  private static final String URI = "[A-Za-z][A-Za-z0-9+.-]+:.*"; // one letter is a drive

  @Override
  public Path convert(final String value) {
    if (!value.matches(URI)) {
      return Path.of(value);
    }
    final org.apache.hadoop.fs.Path uri = new org.apache.hadoop.fs.Path(value);
    if (!"file".equals(uri.toUri().getScheme())) {
      throw new TypeConversionException(
          "'" + value + "' is not on this machine: allowed is a path of this machine");
    }
    return Path.of(uri.toUri().getPath());
  }
}
