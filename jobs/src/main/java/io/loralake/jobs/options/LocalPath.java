package io.loralake.jobs.options;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads paths of this machine, plain or as {@code file:} URIs. A URI of any other store is refused:
 * as a path it would be a folder named {@code s3a:}. A file that is there under such a name is
 * meant.
 */
public final class LocalPath implements ITypeConverter<Path> {
  private static final String SCHEME = "[A-Za-z][A-Za-z0-9+.-]+:.*"; // one letter is a drive

  @Override
  public Path convert(final String value) {
    if (!value.matches(SCHEME) || Files.exists(Path.of(value))) {
      return Path.of(value);
    }
    final URI uri = uri(value);
    if (!"file".equals(uri.getScheme())) {
      throw new TypeConversionException(
          "'" + value + "' is not on this machine: allowed is a path of this machine");
    }
    return Path.of(uri.getPath());
  }

  private static URI uri(final String value) {
    try {
      return new org.apache.hadoop.fs.Path(value).toUri();
    } catch (final IllegalArgumentException e) {
      throw new TypeConversionException(
          "'%s' is no path, as what stands before its first colon is read as a scheme, which a path from the root on follows; a name with a colon is written ./NAME"
              .formatted(value));
    }
  }
}
