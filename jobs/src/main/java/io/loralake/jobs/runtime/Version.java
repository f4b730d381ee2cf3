package io.loralake.jobs.runtime;

import picocli.CommandLine.IVersionProvider;

/** The code's version, as the build wrote it into the jar. */
public final class Version implements IVersionProvider {

  /** For {@code runs} rows: the jar's version, or {@code development} when run from classes. */
  public static String current() {
    final String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"LoraLake " + current()};
  }
}
