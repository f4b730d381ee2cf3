package io.loralake.tests.bench;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tests.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scripts/bench diffusion}: the transformer beside diffusers', same weights. */
@Command(
    name = "bench diffusion",
    description = "Times the transformer beside diffusers' FluxTransformer2DModel.",
    mixinStandardHelpOptions = true)
public final class DiffusionBench implements Callable<Integer> {
  @Mixin private PeerOptions python;

  @Mixin private Timing timing;

  @Option(
      names = "--dtype",
      defaultValue = "f32",
      description = "what both sides compute in: f32, bf16 (default: ${DEFAULT-VALUE})")
  private Precision precision;

  @Option(
      names = "--case",
      split = ",",
      description = "only cases whose name is in this list (default: all)")
  private List<String> only;

  @Option(names = "--profile", description = "also say where our time goes, by operation")
  private boolean profiled;

  public static void main(final String[] args) {
    Tool.run(new DiffusionBench(), args);
  }

  @Override
  public Integer call() throws IOException {
    final Path work = Files.createTempDirectory("diffusion-bench");
    try (Peer peer =
            python.start(work.toString(), precision.toString(), timing.clock().toString());
        NDManager manager = PyTorch.manager()) {
      System.out.println(
          "theirs: "
              + peer.description()
              + ", both sides "
              + precision
              + ", "
              + timing.clock()
              + " time");
      final MidSizeModel model = new MidSizeModel(work, manager, precision);
      final SideBySide table = new SideBySide(3, timing.repetitions(), System.out);
      for (final Case row :
          new DiffusionCases(model, peer, work, precision, timing.clock()).all()) {
        if (only == null || only.contains(row.name())) {
          table.run(row);
          if (profiled) {
            System.out.print(Profile.of(() -> row.ours().measure()));
          }
        }
      }
    }
    return 0;
  }
}
