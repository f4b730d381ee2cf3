package io.loralake.tests.bench;

import io.loralake.adapter.LayoutParser;
import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.Sketcher;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.MappedFile;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import io.loralake.tests.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code scripts/bench index}: bytes per second of the index, beside SHA-256 alone and the same
 * work in Python; then the whole job on one core and on two; then many small files.
 */
@Command(
    name = "bench index",
    description = "Measures the index beside SHA-256 and Python on true-size FLUX.1 adapters.",
    mixinStandardHelpOptions = true)
public final class IndexBench implements Callable<Integer> {

  @Option(
      names = "--work",
      defaultValue = "target/bench",
      description = "where the adapters are made and kept, 9.5 GB (default: ${DEFAULT-VALUE})")
  private Path work;

  @Option(names = "--peer", required = true, description = "the Python side, peer.py")
  private Path peer;

  @Option(
      names = "--python",
      defaultValue = "${env:PYTHON:-python3}",
      description = "Python with torch and safetensors (default: ${DEFAULT-VALUE})")
  private String python;

  @Option(
      names = "--repetitions",
      defaultValue = "3",
      description = "how often each side is measured, in turn (default: ${DEFAULT-VALUE})")
  private int repetitions;

  @Option(
      names = "--part",
      split = ",",
      defaultValue = "thread,cores,small",
      description = "what to measure (default: ${DEFAULT-VALUE})")
  private Set<String> parts;

  @Option(
      names = "--small",
      defaultValue = "10000",
      description = "number of small adapters (default: ${DEFAULT-VALUE})")
  private int small;

  public static void main(final String[] args) {
    Tool.run(new IndexBench(), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    final LayerTable flux = LayerTable.of(FluxConfig.load("flux-dev"));
    final Path large = work.resolve("large");
    final List<Path> files = makeLarge(flux, large);
    final Path probes = makeProbes(flux, work.resolve("probes.safetensors"));
    long bytes = 0;
    for (final Path file : files) {
      bytes += Files.size(file);
    }
    System.out.printf(
        Locale.ROOT,
        "%d adapters of FLUX.1, %.2f GB, ranks 4, 16, 32%n",
        files.size(),
        bytes / 1e9);
    if (parts.contains("thread")) {
      oneThread(flux, files, probes, bytes);
    }
    try (IndexRun run = new IndexRun(work)) {
      if (parts.contains("cores")) {
        run.large(large, probes, bytes);
      }
      if (parts.contains("small")) {
        final LayerTable lab = LayerTable.of(FluxConfig.load("lab"));
        run.small(
            makeSmall(lab, work.resolve("small-" + small)),
            makeProbes(lab, work.resolve("lab-probes.safetensors")),
            small);
      }
    }
    System.out.printf(Locale.ROOT, "peak resident memory %.2f GB%n", peakMemory() / 1e9);
    return 0;
  }

  private static List<Path> makeLarge(final LayerTable flux, final Path folder) throws IOException {
    final SyntheticAdapters adapters = new SyntheticAdapters(flux);
    final List<Path> files = new ArrayList<>();
    for (final int rank : new int[] {4, 16, 32}) {
      for (int i = 0; i < 16; i++) {
        final DType dtype = i % 2 == 0 ? DType.F16 : DType.BF16;
        final Path file = folder.resolve("rank%d-%s-%d.safetensors".formatted(rank, dtype, i));
        adapters.write(file, rank, dtype);
        files.add(file);
      }
    }
    return files;
  }

  /** Lab-size adapters, 130 KB each. */
  private Path makeSmall(final LayerTable lab, final Path folder) throws IOException {
    final SyntheticAdapters adapters = new SyntheticAdapters(lab);
    for (int i = 0; i < small; i++) {
      adapters.write(
          folder.resolve("%02d/small-%05d.safetensors".formatted(i % 16, i)), 4, DType.F16);
    }
    return folder;
  }

  /** One probe a layer, as a base model's mean activations are. */
  private static Path makeProbes(final LayerTable table, final Path path) throws IOException {
    final Random random = new Random(3);
    final Map<String, TensorData> probes = new LinkedHashMap<>();
    for (final Layer layer : table.blockLayers()) {
      final float[] values = new float[layer.inDim()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      probes.put(layer.name(), TensorData.ofFloats(values, 1, values.length));
    }
    SafetensorsWriter.write(path, probes, Map.of());
    return path;
  }

  /** SHA-256 alone, Python, and our reader and sketcher, in turn, each on one thread. */
  private void oneThread(
      final LayerTable flux, final List<Path> files, final Path probes, final long bytes)
      throws IOException, InterruptedException {
    final Map<String, List<Double>> seconds = new LinkedHashMap<>();
    try (Sketcher one = new Sketcher(flux, ProbeSet.load(probes, flux));
        Sketcher sixteen = new Sketcher(flux, ProbeSet.gaussian(flux))) {
      sketch(one, flux, files.subList(0, 4)); // warm up
      for (int i = 0; i < repetitions; i++) {
        add(seconds, "SHA-256 alone, JDK", timed(() -> sha256(files)));
        add(seconds, "SHA-256 alone, sha256sum", timed(() -> run("sha256sum", files)));
        add(seconds, "Python (safetensors, torch, hashlib)", python(probes, files));
        add(seconds, "LoraLake, mean-activation probe", timed(() -> sketch(one, flux, files)));
        add(seconds, "LoraLake, 16 Gaussian probes", timed(() -> sketch(sixteen, flux, files)));
      }
    }
    final double sha = median(seconds.get("SHA-256 alone, JDK"));
    final double theirs = median(seconds.get("Python (safetensors, torch, hashlib)"));
    seconds.forEach(
        (name, values) ->
            System.out.printf(
                Locale.ROOT,
                "%-38s %6.2f GB/s   %.2f x JDK SHA-256   %.2f x Python%n",
                name,
                bytes / 1e9 / median(values),
                sha / median(values),
                theirs / median(values)));
  }

  private static void add(
      final Map<String, List<Double>> seconds, final String name, final double value) {
    seconds.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
  }

  /** Work that may fail. */
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private static double timed(final Work work) throws IOException, InterruptedException {
    final long start = Clock.WALL.nanos();
    work.run();
    return Clock.WALL.secondsSince(start);
  }

  private static void sha256(final List<Path> files) throws IOException {
    try {
      for (final Path path : files) {
        final MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (MappedFile file = MappedFile.open(path)) {
          for (long at = 0; at < file.size(); at += 1 << 20) {
            digest.update(file.read(at, (int) Math.min(1 << 20, file.size() - at)));
          }
        }
        digest.digest();
      }
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  private static void sketch(
      final Sketcher sketcher, final LayerTable table, final List<Path> files) throws IOException {
    for (final Path path : files) {
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        sketcher.sketch(file, LayoutParser.parse(path.toString(), file.header(), table));
      }
    }
  }

  /** Seconds by the peer's own clock: its start and imports do not count. */
  private double python(final Path probes, final List<Path> files)
      throws IOException, InterruptedException {
    final List<String> arguments = new ArrayList<>();
    arguments.add(probes.toString());
    files.forEach(file -> arguments.add(file.toString()));
    final String line = run(python, peer.toString(), arguments);
    return Double.parseDouble(line.split(" ", 2)[0]);
  }

  private static void run(final String program, final List<Path> files)
      throws IOException, InterruptedException {
    final List<String> arguments = new ArrayList<>();
    files.forEach(file -> arguments.add(file.toString()));
    run(program, arguments.remove(0), arguments);
  }

  private static String run(final String program, final String first, final List<String> rest)
      throws IOException, InterruptedException {
    final List<String> command = new ArrayList<>(List.of(program, first));
    command.addAll(rest);
    final Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    final String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(program + " ended with exit code " + process.exitValue());
    }
    return output;
  }

  private static double median(final List<Double> values) {
    final List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  /** Bytes, from Linux' own count. */
  private static double peakMemory() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(Double.NaN);
  }
}
