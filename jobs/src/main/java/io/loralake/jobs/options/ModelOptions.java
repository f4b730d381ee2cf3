package io.loralake.jobs.options;

import ai.djl.Device;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.diffusion.Preflight;
import io.loralake.tensor.ComputeDevice;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of all verbs that compute with a base model. */
public final class ModelOptions {
  @Option(
      names = "--base",
      required = true,
      paramLabel = "DIR",
      description =
          "Folder of the base model: a diffusers snapshot, or flux*.safetensors, ae.safetensors,"
              + " clip*.safetensors, t5*.safetensors, clip_tokenizer.json and t5_tokenizer.json. A"
              + " sampling.json may give the size, steps and guidance that suit the model.")
  private Path base;

  @Mixin private ComputeOptions compute;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** What reports call the model: its folder's name. */
  public String name() {
    return base.toAbsolutePath().normalize().getFileName().toString();
  }

  /** The folder as a path that does not depend on where the program was started. */
  public String path() {
    return base.toAbsolutePath().normalize().toString();
  }

  /** The device as options spell it, there or not. */
  public String deviceName() {
    return compute.deviceName();
  }

  /** A device that is there. */
  public Device device() {
    return compute.device();
  }

  public Precision precision() {
    return compute.precision();
  }

  /** Finds the model's parts; a folder that is not there is a usage error. */
  public ModelFolder folder() throws IOException {
    if (!Files.isDirectory(base)) {
      throw new ParameterException(
          spec.commandLine(), "--base is " + base + ", allowed is an existing folder");
    }
    return ModelFolder.open(base);
  }

  /** Loads everything; says so first when memory looks too small for pictures of that size. */
  public BaseModel load(
      final ModelFolder folder, final int width, final int height, final PrintWriter err)
      throws IOException {
    final long peak = new Preflight(folder, precision()).peakBytes(width, height, 1);
    final long available = ComputeDevice.available(device());
    if (peak > available) {
      err.printf(
          "warning: about %s are needed, %s are free; --preflight shows more%n",
          Preflight.size(peak), Preflight.size(available));
    }
    return BaseModel.load(
        folder, device(), precision(), warning -> err.println("warning: " + warning));
  }
}
