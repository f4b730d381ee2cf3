package io.loralake.jobs.lab;

import io.loralake.lab.BadAdapters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes files that an index must quarantine. */
@Command(
    name = "zoo-bad",
    description = "Makes bad files from a good adapter: truncated, for another base, with NaN, ...",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ZooBadVerb implements Callable<Integer> {
  @Option(
      names = "--adapter",
      required = true,
      paramLabel = "FILE",
      description = "The good adapter.")
  private Path adapter;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the bad ones.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    new BadAdapters(adapter, out).write();
    return 0;
  }
}
