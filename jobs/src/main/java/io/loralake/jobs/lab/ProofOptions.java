package io.loralake.jobs.lab;

import ai.djl.Device;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of the verbs that show what the lab's models can do. */
final class ProofOptions {
  @Option(
      names = "--base",
      paramLabel = "DIR",
      defaultValue = "tests/lab/base",
      description = "The base model. Default: ${DEFAULT-VALUE}.")
  private Path base;

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      defaultValue = "tests/lab/pictures",
      description = "The lab's picture shards. Default: ${DEFAULT-VALUE}.")
  Path pictures;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "tests/lab/report",
      description = "For figures and sheet. Default: ${DEFAULT-VALUE}.")
  Path out;

  ModelFolder folder() throws IOException {
    return ModelFolder.open(base);
  }

  static BaseModel load(final ModelFolder folder) throws IOException {
    return BaseModel.load(folder, Device.cpu(), Precision.F32, warning -> {});
  }
}
