package io.loralake.jobs.runtime;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of all verbs whose training goes on after it was killed. */
public final class CheckpointOptions {
  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Folder of this machine for checkpoints; a run that was killed goes on from there."
              + " Default: a temporary folder.")
  private Path work;

  /** Null: a temporary one. */
  public Path folder() {
    return work;
  }
}
