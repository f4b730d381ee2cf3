package io.loralake.jobs.lab;

import io.loralake.jobs.options.Bounds;
import io.loralake.lab.PictureMaking;
import io.loralake.lab.PictureSheet;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Makes the lab's pictures from npm packages: a tar shard a style, and the attribution. The same
 * packages give the same bytes.
 */
@Command(
    name = "pictures",
    description = "Renders open emoji in the lab's styles and writes them as tar shards.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PicturesVerb implements Callable<Integer> {
  @Option(
      names = "--packages",
      required = true,
      paramLabel = "DIR",
      description =
          "Folder of unpacked npm packages: emojibase-data, and the icon sets of @iconify-json.")
  private Path packages;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the shards and the attribution.")
  private Path out;

  @Option(
      names = "--sheet",
      paramLabel = "FILE",
      description = "PNG file that shows samples of all styles and subjects. Default: none.")
  private Path sheet;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Bounds.require(spec, Files.isDirectory(packages), "--packages", packages, "an existing folder");
    final PrintWriter lines = spec.commandLine().getOut();
    new PictureMaking(packages, lines::println).write(out);
    if (sheet != null) {
      PictureSheet.write(out, sheet);
    }
    return 0;
  }
}
