package io.loralake.tests.bench;

import ai.djl.ndarray.NDManager;
import io.loralake.fusion.Fusion;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code scripts/bench/run diffusion}: the transformer beside diffusers', same weights. */
@Command(
    name = "diffusion",
    description = "Times the transformer beside diffusers' FluxTransformer2DModel.",
    mixinStandardHelpOptions = true)
public final class DiffusionBench implements Callable<Integer> {
  @Option(names = "--peer", required = true, description = "the Python side, peer.py")
  private Path script;

  @Option(
      names = "--python",
      defaultValue = "${env:PYTHON:-python3}",
      description = "the Python that runs it (default: $PYTHON or python3)")
  private String python;

  @Option(
      names = "--repetitions",
      defaultValue = "11",
      description = "measured calls of each case and side (default: ${DEFAULT-VALUE})")
  private int repetitions;

  @Option(
      names = "--case",
      split = ",",
      description = "only cases whose name is in this list (default: all)")
  private List<String> only;

  public static void main(final String[] args) {
    System.exit(new CommandLine(new DiffusionBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    final Path work = Files.createTempDirectory("diffusion-bench");
    try (Peer peer = new Peer(python, script, work);
        NDManager manager = NDManager.newBaseManager("PyTorch")) {
      System.out.println("theirs: " + peer.description());
      final MidSizeModel model = new MidSizeModel(work, manager, Precision.F32);
      final SideBySide table = new SideBySide(peer, 3, repetitions, System.out);
      for (final Case row : cases(model, work)) {
        if (only == null || only.contains(row.name())) {
          table.run(row);
        }
      }
    }
    return 0;
  }

  private static List<Case> cases(final MidSizeModel model, final Path work) throws IOException {
    final List<Case> cases = new ArrayList<>();
    for (final int batch : new int[] {1, 4}) {
      final MidSizeModel.Inputs inputs = model.inputs(work, batch);
      System.out.printf("batch %d: outputs differ by %.2g%n", batch, model.difference(inputs));
      cases.add(
          new Case(
              "a",
              "a. base only, batch " + batch,
              batch,
              1.05,
              () -> model.forward(inputs, Fusion.NONE)));
    }
    return cases;
  }
}
