package io.loralake.tests.parity;

import io.loralake.jobs.options.PrecisionConverter;
import io.loralake.tensor.Precision;
import io.loralake.tests.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scripts/parity SUBJECT DIR}. */
@Command(
    name = "parity",
    description = "Compares a part of LoraLake with reference fixtures, case by case.",
    mixinStandardHelpOptions = true)
public final class Parity implements Callable<Integer> {
  private static final Map<String, Subject> SUBJECTS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("bad", new BadSubject()),
              Map.entry("canonical", new CanonicalSubject()),
              Map.entry("encoder", new EncoderSubject()),
              Map.entry("flux", new FluxSubject()),
              Map.entry("fusion", new FusionSubject()),
              Map.entry("gate", new GateSubject()),
              Map.entry("lora", new LoraSubject()),
              Map.entry("lora-outputs", new LoraOutputsSubject()),
              Map.entry("pipeline", new PipelineSubject()),
              Map.entry("scheduler", new SchedulerSubject()),
              Map.entry("text", new TextSubject()),
              Map.entry("vae", new VaeSubject())));

  @Parameters(index = "0", paramLabel = "SUBJECT", description = "what to compare")
  private String subject;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = "${sys:loralake.root:-.}/tests/fixtures",
      description = "a directory laid out like tests/fixtures (default: ${DEFAULT-VALUE})")
  private Path directory;

  @Option(
      names = "--dtype",
      defaultValue = "f32",
      converter = PrecisionConverter.class,
      description = "what models compute in: f32, bf16 (default: ${DEFAULT-VALUE})")
  private Precision precision;

  @Option(
      names = "--device",
      defaultValue = "cpu",
      description = "where models compute: cpu, cuda, cuda:N (default: ${DEFAULT-VALUE})")
  private String device;

  public static void main(final String[] args) {
    Tool.run(new Parity(), args);
  }

  @Override
  public Integer call() throws IOException {
    final Subject chosen = SUBJECTS.get(subject);
    if (chosen == null || !Files.isDirectory(directory)) {
      System.err.printf(
          "parity: SUBJECT is one of %s, DIR an existing directory; got '%s' '%s'%n",
          SUBJECTS.keySet(), subject, directory);
      return 2;
    }
    final Report report = new Report(System.out);
    final Backend backend = Backend.parse(device, precision);
    if (chosen instanceof ModelSubject model) {
      model.run(directory, report, backend);
    } else {
      chosen.run(directory, report);
    }
    report.summarise();
    return report.failed() == 0 && report.passed() > 0 ? 0 : 1;
  }
}
