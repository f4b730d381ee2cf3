package io.loralake.tests.bench;

import io.loralake.adapter.AdapterReader;
import io.loralake.adapter.LayoutParser;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.ByteSource;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tests.Tool;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code scripts/bench fuzz}: mutated adapter files through the reader. Each must be read, or be
 * refused with a reason code; anything else fails the command and is named with its seed.
 */
@Command(
    name = "bench fuzz",
    description = "Sends mutations of adapter files, header and body, through the reader.",
    mixinStandardHelpOptions = true)
public final class FuzzBench implements Callable<Integer> {
  private static final int ESCAPES_SHOWN = 10;
  private static final byte[][] TOKENS =
      Stream.of(
              "{",
              "}",
              "[",
              "]",
              "\"",
              ":",
              ",",
              "-1",
              "9223372036854775807",
              "1e9",
              "null",
              "\\u0000",
              "F16",
              "BF16",
              "BOOL",
              "\"dtype\"",
              "\"shape\"",
              "\"data_offsets\"",
              "__metadata__",
              "[0]",
              "0,0",
              "4294967296",
              ".alpha",
              ".dora_scale",
              "lora_A")
          .map(text -> text.getBytes(StandardCharsets.UTF_8))
          .toArray(byte[][]::new);

  @Option(
      names = "--files",
      required = true,
      description = "folders of files to mutate; may be repeated")
  private List<Path> folders;

  @Option(names = "--model", required = true, description = "model that the files are for")
  private String model;

  @Option(
      names = "--mutations",
      defaultValue = "100000",
      description = "how many (default: ${DEFAULT-VALUE})")
  private int mutations;

  @Option(names = "--seed", defaultValue = "1", description = "default: ${DEFAULT-VALUE}")
  private long seed;

  private final Map<String, Integer> outcomes = new TreeMap<>();
  private final List<String> escapes = new ArrayList<>();

  public static void main(final String[] args) {
    Tool.run(new FuzzBench(), args);
  }

  @Override
  public Integer call() throws IOException {
    final LayerTable table = LayerTable.of(FluxConfig.load(model));
    final List<Path> files = new ArrayList<>();
    for (final Path folder : folders) {
      try (Stream<Path> all = Files.list(folder)) {
        all.filter(path -> path.toString().endsWith(".safetensors")).sorted().forEach(files::add);
      }
    }
    final AdapterReader reader = new AdapterReader();
    final long start = Clock.WALL.nanos();
    for (int i = 0; i < mutations; i++) {
      final Random random = new Random(seed * 1_000_003 + i);
      final Path file = files.get(random.nextInt(files.size()));
      final byte[] bytes = mutate(Files.readAllBytes(file), random);
      outcomes.merge(outcome(reader, table, bytes, i, file), 1, Integer::sum);
    }
    final double seconds = Clock.WALL.secondsSince(start);
    outcomes.forEach((code, count) -> System.out.printf("%,9d %s%n", count, code));
    escapes.forEach(System.out::println);
    System.out.printf(
        Locale.ROOT,
        "%,d mutations of %d files in %.1f s, peak heap %.0f MB of at most %.0f MB, %d escaped%n",
        mutations,
        files.size(),
        seconds,
        peakHeap() / 1e6,
        Runtime.getRuntime().maxMemory() / 1e6,
        outcomes.getOrDefault("ESCAPED", 0));
    return outcomes.containsKey("ESCAPED") ? 1 : 0;
  }

  private static double peakHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToDouble(usage -> usage.getUsed())
        .sum();
  }

  private String outcome(
      final AdapterReader reader,
      final LayerTable table,
      final byte[] bytes,
      final int number,
      final Path file) {
    try (SafetensorsFile opened = SafetensorsFile.open(new InMemory(bytes))) {
      reader.read(
          opened,
          LayoutParser.parse("fuzz", opened.header(), table),
          (pair, scale, a, b) -> AdapterReader.requireFinite("fuzz", pair, a, b));
      return "read";
    } catch (final RejectedException e) {
      return e.reason().name();
    } catch (final IOException | RuntimeException | Error e) {
      if (escapes.size() < ESCAPES_SHOWN) {
        escapes.add("seed %d, mutation %d of %s: %s".formatted(seed, number, file, e));
      }
      return "ESCAPED";
    }
  }

  /** One to four changes; half of them hit the header. */
  private static byte[] mutate(final byte[] original, final Random random) {
    byte[] bytes = original;
    for (int i = random.nextInt(4); i >= 0 && bytes.length > 9; i--) {
      final int header =
          (int)
              Math.max(
                  1,
                  Math.min(
                      bytes.length - 8L,
                      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0)));
      final int at =
          random.nextBoolean() ? 8 + random.nextInt(header) : random.nextInt(bytes.length);
      bytes =
          switch (random.nextInt(8)) {
            case 0 -> flipped(bytes, at, random);
            case 1 -> java.util.Arrays.copyOf(bytes, at);
            case 2 -> spliced(bytes, at, 0, TOKENS[random.nextInt(TOKENS.length)], true);
            case 3 -> spliced(bytes, at, 1 + random.nextInt(16), new byte[0], true);
            case 4 -> spliced(bytes, at, 4, TOKENS[random.nextInt(TOKENS.length)], false);
            case 5 -> digits(bytes, at, random);
            case 6 -> length(bytes, random);
            default -> notANumber(bytes, at, random);
          };
    }
    return bytes;
  }

  private static byte[] flipped(final byte[] bytes, final int at, final Random random) {
    final byte[] changed = bytes.clone();
    changed[at] ^= (byte) (1 << random.nextInt(8));
    return changed;
  }

  /** Replaces bytes; {@code honest}: the header's length is told anew, where it was hit. */
  private static byte[] spliced(
      final byte[] bytes,
      final int at,
      final int removed,
      final byte[] inserted,
      final boolean honest) {
    final int end = Math.min(bytes.length, at + removed);
    final ByteBuffer changed =
        ByteBuffer.allocate(bytes.length - (end - at) + inserted.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    changed.put(bytes, 0, at).put(inserted).put(bytes, end, bytes.length - end);
    final long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    if (honest && at >= 8 && at < 8 + length) {
      changed.putLong(0, length + inserted.length - (end - at));
    }
    return changed.array();
  }

  /** Changes the next digit: shapes, offsets, layer numbers. */
  private static byte[] digits(final byte[] bytes, final int from, final Random random) {
    final byte[] changed = bytes.clone();
    for (int i = from; i < changed.length; i++) {
      if (changed[i] >= '0' && changed[i] <= '9') {
        changed[i] = (byte) ('0' + random.nextInt(10));
        break;
      }
    }
    return changed;
  }

  private static byte[] length(final byte[] bytes, final Random random) {
    final byte[] changed = bytes.clone();
    final long[] lengths = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1, random.nextInt(), 99_999_999};
    ByteBuffer.wrap(changed)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(0, lengths[random.nextInt(lengths.length)]);
    return changed;
  }

  /** All bits set, which is not a number in every floating-point type. */
  private static byte[] notANumber(final byte[] bytes, final int at, final Random random) {
    final byte[] changed = bytes.clone();
    java.util.Arrays.fill(
        changed, at, Math.min(bytes.length, at + 1 + random.nextInt(16)), (byte) 0xff);
    return changed;
  }

  /** Bytes as a file. */
  private record InMemory(byte[] bytes) implements ByteSource {

    @Override
    public String name() {
      return "fuzz";
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public ByteBuffer read(final long position, final int length) throws IOException {
      if (position < 0 || length < 0 || position + length > bytes.length) {
        throw new EOFException("range " + position + "+" + length + " of " + bytes.length);
      }
      return ByteBuffer.wrap(bytes).slice((int) position, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {}
  }
}
