package io.loralake.jobs.options;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of all verbs whose training goes on after it was killed. */
public final class CheckpointOptions {
  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Folder of this machine for checkpoints; a run that was killed goes on from there, with the"
              + " catalog that it began with. Default: a temporary folder.")
  private Path work;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /**
   * Refuses a folder that cannot be written, before what comes ahead of the first checkpoint.
   *
   * @throws picocli.CommandLine.ParameterException naming the folder and the reason
   */
  public void requireWritable() {
    if (work != null) {
      Bounds.requireWritable(spec, "--work", work, work.resolve("checkpoint.safetensors"));
    }
  }

  /** Null: a temporary one. */
  public Path folder() {
    return work;
  }
}
