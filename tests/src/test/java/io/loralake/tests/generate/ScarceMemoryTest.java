package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.tests.index.LoralakeProcess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that the kernel gives too little memory for a large batch: PyTorch's allocator really
 * fails. How much a run needs without pictures is found out first, since it depends on the machine.
 */
@Tag("slow")
class ScarceMemoryTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LONG = Duration.ofMinutes(20);
  private static final int PICTURES = 16;
  private static final int SIDE = 256;

  /**
   * Kilobytes beyond those of a small picture: 4 of these pictures fit, 16 do not. The decoder
   * needs most.
   */
  private static final long ENOUGH_FOR_SOME = 700_000;

  @TempDir private Path root;

  private PictureLake lake;
  private long base;

  @BeforeEach
  void measureTheProcess() throws IOException, InterruptedException {
    lake = new PictureLake(root).index(2);
    final LoralakeProcess one =
        LoralakeProcess.start(
            root.resolve("one.log"),
            jvmOptions(),
            arguments(prompts("one.jsonl", 1, 32), "one", "1"),
            environment());
    while (!one.hasEnded()) {
      base = Math.max(base, one.peakAddressSpace());
      Thread.sleep(50);
    }
    assertThat(one.exitCode(LONG)).as(one.output()).isZero();
  }

  @Test
  void aBatchThatDoesNotFitIsHalvedAndTheRunGoesOn() throws IOException, InterruptedException {
    // The last batches of a plan have half the size: so that all pictures are one, twice their
    // number.
    final String log = generate("halved", String.valueOf(2 * PICTURES));
    assertThat(log)
        .contains(PICTURES + " pictures at once do not fit into memory")
        .containsPattern("\\d times a batch did not fit into memory and was halved");
    assertComplete("halved");
  }

  @Test
  void theSizeIsChosenFromTheMemoryThatIsThere() throws IOException, InterruptedException {
    final String log = generate("chosen", "0");
    assertThat(log.split("pictures at once do not fit", -1).length - 1)
        .as("the size is an estimate, which may be too large once:%n%s", log)
        .isLessThanOrEqualTo(1);
    assertComplete("chosen");
    final List<Integer> companies = new ArrayList<>();
    for (final Map<String, byte[]> members : lake.samples("chosen").values()) {
      companies.add(JSON.readTree(members.get("json")).at("/company/prompts").asInt());
    }
    assertThat(companies).allMatch(size -> size > 1 && size < PICTURES);
  }

  /** Runs the command with little memory; what it printed. */
  private String generate(final String out, final String batch)
      throws IOException, InterruptedException {
    final LoralakeProcess run =
        LoralakeProcess.startWithin(
            base + ENOUGH_FOR_SOME,
            root.resolve(out + ".log"),
            jvmOptions(),
            arguments(prompts("prompts.jsonl", PICTURES, SIDE), out, batch),
            environment());
    assertThat(run.exitCode(LONG)).as(run.output()).isZero();
    return run.output();
  }

  private void assertComplete(final String out) throws IOException {
    final Map<String, Map<String, byte[]>> samples = lake.samples(out);
    assertThat(samples).hasSize(PICTURES);
    for (final Map<String, byte[]> members : samples.values()) {
      assertThat(ImageIO.read(new ByteArrayInputStream(members.get("png"))).getWidth())
          .isEqualTo(SIDE);
    }
    assertThat(lake.json(out, "manifest.json").get("successes").asInt()).isEqualTo(PICTURES);
  }

  private static List<String> jvmOptions() {
    return List.of(
        "-Xmx600m",
        "-XX:ReservedCodeCacheSize=64m",
        "-XX:CompressedClassSpaceSize=128m",
        "-XX:MaxMetaspaceSize=400m");
  }

  /**
   * The C library reserves address space by the number of threads, and keeps what was freed in
   * blocks below 32 MB: here it gives everything back that is larger than 1 MB.
   */
  private static Map<String, String> environment() {
    return Map.of(
        "MALLOC_ARENA_MAX",
        "1",
        "MALLOC_MMAP_THRESHOLD_",
        String.valueOf(1 << 20),
        "OMP_NUM_THREADS",
        "1");
  }

  private List<String> arguments(final Path prompts, final String out, final String batch) {
    final List<String> arguments = new ArrayList<>(List.of("generate"));
    arguments.addAll(lake.arguments(prompts, out, "--batch", batch, "--master", "local[1]"));
    return arguments;
  }

  /** One step without a second evaluation: memory is what counts. */
  private Path prompts(final String file, final int count, final int side) throws IOException {
    final List<String> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(
          JSON.writeValueAsString(
              Map.of(
                  "key",
                  "key-%03d".formatted(i),
                  "prompt",
                  "an apple",
                  "width",
                  side,
                  "height",
                  side,
                  "steps",
                  1,
                  "cfg",
                  1,
                  "adapters",
                  List.of(lake.adapters().get(i % 2)))));
    }
    return Files.write(root.resolve(file), rows);
  }
}
