package io.loralake.tests.bench;

import io.loralake.retrieval.ExactSearch;
import io.loralake.retrieval.Hit;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.Precision;
import io.loralake.tests.Tool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code scripts/bench retrieval}: exact search beside faiss' flat index, same vectors. */
@Command(
    name = "bench retrieval",
    description = "Times exact top-10 search beside faiss-cpu's IndexFlatIP.",
    mixinStandardHelpOptions = true)
public final class RetrievalBench implements Callable<Integer> {
  private static final int WIDTH = 384;
  private static final int K = 10;
  private static final int QUERIES = 256;

  @Mixin private PeerOptions python;

  @Mixin private Timing timing;

  @Option(
      names = "--rows",
      defaultValue = "1000000",
      description = "vectors to search, up to 1,398,101 (default: ${DEFAULT-VALUE})")
  private int rows;

  public static void main(final String[] args) {
    Tool.run(new RetrievalBench(), args);
  }

  @Override
  public Integer call() throws IOException {
    final Path work = Files.createTempDirectory("retrieval-bench");
    write(work.resolve("rows.f32"), rows, 1);
    write(work.resolve("queries.f32"), QUERIES, 2);
    try (Peer peer =
            python.start(work.toString(), Precision.F32.toString(), timing.clock().toString());
        FileChannel channel = FileChannel.open(work.resolve("rows.f32"));
        ExactSearch search =
            new ExactSearch(channel.map(MapMode.READ_ONLY, 0, channel.size()), WIDTH)) {
      System.out.println(
          "theirs: " + peer.description() + ", one thread, " + timing.clock() + " time");
      final float[][] queries = queries(work.resolve("queries.f32"));
      new SideBySide(1, timing.repetitions(), System.out)
          .run(
              new Case(
                  "search",
                  "top %d of %,d for %d prompts".formatted(K, rows, QUERIES),
                  1.2,
                  timing.clock().millis(() -> search.topK(queries, K)),
                  () -> peer.measure("search", QUERIES),
                  () -> Double.NaN));
      final Path theirs = work.resolve("ids.safetensors");
      peer.save("search", QUERIES, theirs);
      System.out.printf(
          "the same rows in %d of %d places%n", same(search.topK(queries, K), theirs), K * QUERIES);
    } finally {
      for (final String name : List.of("rows.f32", "queries.f32", "ids.safetensors")) {
        Files.deleteIfExists(work.resolve(name));
      }
      Files.delete(work);
    }
    return 0;
  }

  private static int same(final List<List<Hit>> ours, final Path theirs) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(theirs)) {
      final LongBuffer ids =
          file.bytes(file.info("out")).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
      int same = 0;
      for (int q = 0; q < ours.size(); q++) {
        for (int i = 0; i < K; i++) {
          same += ids.get(q * K + i) == ours.get(q).get(i).row() ? 1 : 0;
        }
      }
      return same;
    }
  }

  /** Random unit vectors. */
  private static void write(final Path file, final int count, final long seed) throws IOException {
    final Random random = new Random(seed);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      final ByteBuffer row =
          ByteBuffer.allocate(WIDTH * Float.BYTES).order(ByteOrder.nativeOrder());
      for (int i = 0; i < count; i++) {
        double squares = 0;
        final float[] values = new float[WIDTH];
        for (int j = 0; j < WIDTH; j++) {
          values[j] = random.nextFloat() - 0.5f;
          squares += values[j] * values[j];
        }
        row.clear();
        for (final float value : values) {
          row.putFloat((float) (value / Math.sqrt(squares)));
        }
        channel.write(row.flip());
      }
    }
  }

  private static float[][] queries(final Path file) throws IOException {
    final ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
    final float[][] queries = new float[QUERIES][WIDTH];
    for (final float[] query : queries) {
      for (int i = 0; i < WIDTH; i++) {
        query[i] = bytes.getFloat();
      }
    }
    return queries;
  }
}
